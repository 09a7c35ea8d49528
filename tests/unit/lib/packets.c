// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the vectors of tests/vectors/dissect.  User space, one thread, no lock.
 */
#include "packets.h"

#include "vectors.h"

#define FIELDS 11

static u8 tunnel_of(const char *name)
{
	static const char *const names[] = { "none", "vxlan", "geneve", "gre", "ipip" };

	for (u8 i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return i;
	}
	vector_give_up("unknown tunnel", name);
}

static void take_address(u8 family, char *text, u8 out[16])
{
	if (vector_unhex(text, out, 16) != (family == 4 ? 4 : 16))
		vector_give_up("not an address of its family", text);
}

static void take_layer(struct packet *packet, char *text)
{
	struct cw_layer *layer = &packet->expect.layer[packet->expect.count];
	char *field[FIELDS], *save, *word = strtok_r(text, ":", &save);
	unsigned int i;

	if (packet->expect.count++ == CW_DISSECT_LAYERS)
		vector_give_up("more layers than there can be", packet->name);
	for (i = 0; i < FIELDS && word; i++, word = strtok_r(NULL, ":", &save))
		field[i] = word;
	if (i != FIELDS || word)
		vector_give_up("a layer does not have its fields", packet->name);
	layer->tunnel = tunnel_of(field[0]);
	layer->family = (u8)vector_number(field[1], 10);
	layer->protocol = (u8)vector_number(field[2], 10);
	layer->fragment = vector_number(field[3], 2);
	take_address(layer->family, field[4], layer->source);
	take_address(layer->family, field[5], layer->destination);
	layer->source_port = (u16)vector_number(field[6], 10);
	layer->destination_port = (u16)vector_number(field[7], 10);
	layer->network = (u32)vector_number(field[8], 10);
	layer->transport = (u32)vector_number(field[9], 10);
	layer->end = (u32)vector_number(field[10], 10);
}

static enum agree agree_of(const char *name)
{
	if (!strcmp(name, "first"))
		return AGREE_FIRST;
	if (!strcmp(name, "further"))
		return AGREE_FURTHER;
	vector_give_up("unknown word for how far tshark agrees", name);
}

static void take(struct packet *packet, const char *key, char *value)
{
	if (!strcmp(key, "ethertype"))
		packet->ethertype = (u16)vector_number(value, 16);
	else if (!strcmp(key, "layer"))
		take_layer(packet, value);
	else if (!strcmp(key, "agree"))
		packet->agree = agree_of(value);
	else if (!strcmp(key, "hex"))
		packet->length = vector_unhex(value, packet->bytes, sizeof(packet->bytes));
	else
		vector_give_up("unknown key", key);
}

bool packet_next(FILE *in, struct packet *out)
{
	char line[VECTOR_LINE], *save, *word;

	if (!vector_line(in, line))
		return false;
	memset(out, 0, sizeof(*out));
	word = strtok_r(line, " \n", &save);
	snprintf(out->name, sizeof(out->name), "%s", word);
	while ((word = strtok_r(NULL, " \n", &save))) {
		char *value = strchr(word, '=');

		if (!value)
			vector_give_up("not key=value", word);
		*value++ = 0;
		take(out, word, value);
	}
	return true;
}
