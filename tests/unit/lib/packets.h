/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader of tests/vectors/dissect: text lines to packets and their layers.  User
 * space, one thread; a line that cannot be read ends the program.
 */
#ifndef CW_TEST_PACKETS_H
#define CW_TEST_PACKETS_H

#include <stdio.h>

#include "dissect.h"

#define PACKET_BYTES 4096

/* How far tshark agrees; see tests/vectors/dissect/tshark.py. */
enum agree {
	AGREE_ALL,
	AGREE_FIRST,   /* its first layers are ours */
	AGREE_FURTHER, /* we go further in its last layer */
};

/**
 * struct packet - one line
 * @name: what it is about
 * @ethertype: of the outermost packet
 * @expect: its layers
 * @agree: in tshark.txt
 * @length: of it
 * @bytes: from its IP header on
 */
struct packet {
	char name[80];
	u16 ethertype;
	struct cw_dissection expect;
	enum agree agree;
	u32 length;
	u8 bytes[PACKET_BYTES];
};

/**
 * packet_next() - read the next packet, past comments
 * @in: from vector_open()
 * @out: the packet
 *
 * Return: false at the end of the file.
 * Context: process.
 */
bool packet_next(FILE *in, struct packet *out);

#endif
