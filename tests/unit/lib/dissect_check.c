// SPDX-License-Identifier: GPL-2.0
/*
 * The properties of a dissection.  Reads through a callback that hands out copies of
 * exact length on the heap, so that the address sanitizer sees a byte read beyond.
 * User space, one thread; what is wrong is returned, not kept.
 */
#include "dissect_check.h"

#include <stdlib.h>

#include "option.h"
#include "option_long.h"
#include "fast_look.h"

#define READS_MAX 100

const struct cw_tunnel_ports dissect_ports = { { 4789, 8472 } };

/* The data of the callback: the packet, and what was read of it. */
struct source {
	const u8 *bytes;
	u32 length;
	u32 reads;
	bool beyond;
	u8 *copy[READS_MAX];
};

static const u8 *read_copy(const void *data, u32 offset, u32 length, u8 *buffer)
{
	struct source *source = (struct source *)data;
	u8 *copy;

	if (offset > source->length || length > source->length - offset ||
	    source->reads == READS_MAX) {
		source->beyond = true;
		return NULL;
	}
	/*
	 * The bytes are now in the buffer, now elsewhere: a reader must take the pointer that is
	 * returned.
	 */
	copy = source->reads % 2 ? malloc(length) : NULL;
	source->copy[source->reads++] = copy;
	memset(buffer, 0xa5, length);
	return memcpy(copy ? copy : buffer, source->bytes + offset, length);
}

static const char *dissect(const struct dissect_input *input, u32 head, struct cw_dissection *out)
{
	struct source source = { .length = input->length };
	u8 *exact = malloc(input->length ? input->length : 1);
	u8 *part = malloc(head ? head : 1);
	struct cw_packet packet = { .read = read_copy,
				    .data = &source,
				    .head = part,
				    .head_length = head,
				    .length = input->length };
	const struct cw_layer *layer;

	if (!exact || !part)
		abort();
	memset(out, 0x5a, sizeof(*out));
	if (input->length)
		memcpy(exact, input->bytes, input->length);
	if (head)
		memcpy(part, input->bytes, head);
	source.bytes = exact;
	layer = cw_dissect(&packet, input->network, input->ethertype, &dissect_ports, out);
	while (source.reads)
		free(source.copy[--source.reads]);
	free(exact);
	free(part);
	if (source.beyond)
		return "asked for bytes beyond the length, or too often";
	if (out->count > CW_DISSECT_LAYERS)
		return "more layers than there can be";
	if (layer != (out->count ? &out->layer[out->count - 1] : NULL))
		return "what was returned is not the innermost layer";
	return NULL;
}

static const char *check_addresses(const struct cw_layer *layer, const u8 *ip)
{
	static const u8 zero[12];
	u32 size = layer->family == 4 ? 4 : 16, at = layer->family == 4 ? 12 : 8;

	if (memcmp(layer->source, ip + at, size) ||
	    memcmp(layer->destination, ip + at + size, size))
		return "addresses are not the header's";
	if (layer->family == 4 && (memcmp(layer->source + 4, zero, sizeof(zero)) ||
				   memcmp(layer->destination + 4, zero, sizeof(zero))))
		return "something behind an IPv4 address";
	return NULL;
}

static const char *check_transport(const struct cw_layer *layer, const u8 *bytes)
{
	u32 length = layer->end - layer->transport, least = 0;
	bool has_ports = layer->protocol == 6 || layer->protocol == 17;

	if (layer->protocol == 6)
		least = 20;
	else if (layer->protocol == 17 || layer->protocol == 1 || layer->protocol == 58)
		least = 8;
	if (length < least)
		return "less than a transport header";
	if (!has_ports)
		return layer->source_port || layer->destination_port ? "ports of no port" : NULL;
	if (layer->source_port != cw_get_be16(bytes + layer->transport) ||
	    layer->destination_port != cw_get_be16(bytes + layer->transport + 2))
		return "ports are not the header's";
	return NULL;
}

static const char *check_layer(const struct dissect_input *input, const struct cw_layer *layer,
			       u32 begin, u32 end)
{
	const u8 *ip = input->bytes + layer->network;
	u32 least = layer->family == 4 ? 20 : 40, length;
	const char *wrong;

	if (layer->family != 4 && layer->family != 6)
		return "no family";
	if (layer->network < begin || layer->network > end || end - layer->network < least)
		return "no room for its IP header";
	if (layer->transport < layer->network + least || layer->transport > layer->end ||
	    layer->end > end)
		return "does not lie in what is around it";
	if (ip[0] >> 4 != layer->family)
		return "version is not its family";
	length = layer->family == 4 ? cw_get_be16(ip + 2) : 40u + cw_get_be16(ip + 4);
	if (layer->end - layer->network != length && layer->end - layer->network <= 0xffff)
		return "end is not where its header says";
	wrong = check_addresses(layer, ip);
	return wrong ? wrong : check_transport(layer, input->bytes);
}

static const char *check_layers(const struct dissect_input *input, const struct cw_dissection *out)
{
	u32 begin = input->network, end = input->length;
	const char *wrong;
	unsigned int i;

	for (i = 0; i < out->count; i++) {
		const struct cw_layer *layer = &out->layer[i];

		wrong = check_layer(input, layer, begin, end);
		if (wrong)
			return wrong;
		if (!i != (layer->tunnel == CW_TUNNEL_NONE) || layer->tunnel > CW_TUNNEL_IPIP)
			return "no such tunnel there";
		if (layer->fragment && i + 1 < out->count)
			return "looked into a fragment";
		begin = layer->transport;
		end = layer->end;
	}
	if (out->count && out->layer[0].network != input->network)
		return "does not begin where it was told";
	return NULL;
}

/* Looks for our option in a TCP header that lies in its packet; ABSENT: there is none. */
static enum cw_option_type option_of(const struct dissect_input *input,
				     const struct cw_layer *layer, struct cw_option *option)
{
	const u8 *tcp = input->bytes + layer->transport;
	u32 length;

	if (layer->protocol != 6 || layer->fragment)
		return CW_OPTION_ABSENT;
	length = (tcp[12] >> 4) * 4;
	if (length < 20 || layer->transport + length > layer->end)
		return CW_OPTION_ABSENT;
	return cw_option_find(tcp + 20, length - 20, true, option);
}

static const char *check_marked(const struct dissect_input *input,
				const struct cw_dissection *dissection, const struct cw_fast *fast,
				const u8 *ip)
{
	const struct cw_layer *layer = &dissection->layer[dissection->count - 1];
	u32 transport = input->network + (u32)(fast->ip - ip) + 20;
	struct cw_option option;
	struct cw_context context;

	if (dissection->count != 1u + (fast->tunnel != CW_TUNNEL_NONE))
		return "fast: other layers";
	if (layer->tunnel != fast->tunnel || layer->family != 4 || layer->protocol != 6 ||
	    layer->fragment || layer->transport != transport ||
	    layer->end != transport + 60 + cw_fast_length(fast) ||
	    (fast->tunnel != CW_TUNNEL_NONE && cw_fast_outer(fast) != ip))
		return "fast: another segment";
	option_of(input, layer, &option);
	if (!cw_option_is_traced(cw_fast_option(fast)))
		return option.type == CW_OPTION_LONG && option.sampled ? "fast: no context" : NULL;
	cw_option_context(cw_fast_option(fast), &context);
	if (option.type != CW_OPTION_LONG || !option.sampled ||
	    option.back != cw_option_back(cw_fast_option(fast)) ||
	    option.message != context.message || option.class != context.class ||
	    memcmp(option.trace_id, context.trace_id, sizeof(option.trace_id)))
		return "fast: another context";
	return NULL;
}

/* Takes a fast look at the first @head bytes behind the input's offset. */
static const char *check_fast(const struct dissect_input *input,
			      const struct cw_dissection *dissection, u32 head)
{
	u8 *exact = malloc(head ? head : 1);
	const char *wrong = NULL;
	struct cw_option option;
	struct cw_fast fast;
	u32 look;

	if (!exact)
		abort();
	memcpy(exact, input->bytes + input->network, head);
	look = cw_fast_look(exact, head, input->length - input->network, input->ethertype,
			    &dissect_ports);
	switch (look & CW_FAST_VERDICT) {
	case CW_FAST_OTHER:
		break;
	case CW_FAST_PLAIN:
		if (dissection->count && option_of(input, &dissection->layer[dissection->count - 1],
						   &option) != CW_OPTION_ABSENT)
			wrong = "fast: a plain segment has our option";
		break;
	case CW_FAST_MARKED:
		fast = cw_fast_read(exact, look);
		wrong = check_marked(input, dissection, &fast, exact);
		break;
	}
	free(exact);
	return wrong;
}

static bool same(const struct cw_dissection *a, const struct cw_dissection *b)
{
	return a->count == b->count && !memcmp(a->layer, b->layer, a->count * sizeof(*a->layer));
}

const char *dissect_check(const struct dissect_input *input, struct cw_dissection *out)
{
	struct cw_dissection other;
	const char *wrong = dissect(input, 0, out);

	if (!wrong)
		wrong = check_layers(input, out);
	if (!wrong)
		wrong = dissect(input, input->length, &other);
	if (!wrong && !same(out, &other))
		wrong = "depends on whether the bytes are directly there";
	if (!wrong)
		wrong = dissect(input, input->length / 2, &other);
	if (!wrong && !same(out, &other))
		wrong = "depends on how many of the bytes are directly there";
	if (wrong || input->network > input->length)
		return wrong;
	wrong = check_fast(input, out, input->length - input->network);
	return wrong ? wrong : check_fast(input, out, (input->length - input->network) / 2);
}
