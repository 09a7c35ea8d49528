#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Captures what the kernel itself puts on a wire for each kind of tunnel; no module.  Made
# captured.txt:
#
#     make -C tests/e2e
#     tests/vm/run --out DIR --each tests/vectors/dissect/capture.sh
#     tests/vectors/dissect/tshark.py vectors DIR/capture/*.pcap
#
#   a: eth0 192.0.2.1 fd00:9::1 ---- eth0 192.0.2.2 fd00:9::2 :b     one tunnel after another
#
# Through each: a datagram, an echo request, an HTTP request, in IPv4 and IPv6 where it
# takes both; and a datagram that is larger than the MTU.
. "$CW_TREE/tests/vm/guest.sh"

CLIENT=a APP=b
OUT=$CW_OUT/capture

# tunnel NAME TYPE ARGUMENTS: between the two, 10.1.0.0/24 and fd00:1::/64 inside; @ and %
# stand for this end's number and the other's
tunnel() {
	local end ends=("$CLIENT" "$APP") arguments

	for end in 1 2; do
		arguments=${*:2}
		arguments=${arguments//@/$end}
		arguments=${arguments//%/$((3 - end))}
		ip_in "${ends[end - 1]}" <<-END
			link add t0 type $arguments
			link set t0 up
		END
		# Each takes what it can.
		ip -n "${ends[end - 1]}" addr add "10.1.0.$end/24" dev t0 2>/dev/null
		ip -n "${ends[end - 1]}" addr add "fd00:1::$end/64" dev t0 nodad 2>/dev/null
	done
	capture "$1"
	for end in "$CLIENT" "$APP"; do
		echo "link del t0" | ip_in "$end"
	done
}

talk() {
	local address

	for address in 10.1.0.2 fd00:1::2; do
		in_ns "$CLIENT" timeout 5 python3 - "$address" <<-'END'
			import socket, sys
			family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
			udp = socket.socket(family, socket.SOCK_DGRAM)
			udp.settimeout(3)
			try:
			    udp.sendto(b"query", (sys.argv[1], 53))
			    udp.sendto(bytes(1500), (sys.argv[1], 53))
			except OSError:
			    sys.exit()
			echo = socket.getprotobyname("ipv6-icmp" if ":" in sys.argv[1] else "icmp")
			ping = socket.socket(family, socket.SOCK_DGRAM, echo)
			ping.sendto(bytes([128 if ":" in sys.argv[1] else 8]) + bytes(11), (sys.argv[1], 0))
			ping.recv(100)
			tcp = socket.create_connection((sys.argv[1], 80), 3)
			tcp.sendall(b"GET / HTTP/1.1\r\n\r\n")
			tcp.recv(100)
		END
	done
}

capture() {
	local tap

	rm -f "$OUT/ready"
	start "tap-$1" "$CW_TREE/build/e2e/stage_times_tap" "$OUT" "$CLIENT:eth0"
	tap=$started_pid
	must wait_for 10 [ -e "$OUT/ready" ]
	talk
	stop "$tap" || bail "the capture failed"
	ok "$1" mv "$OUT/$CLIENT.eth0.pcap" "$OUT/$1.pcap"
}

mkdir -p "$OUT"
for module in vxlan geneve ip_gre ip6_gre ipip sit ip6_tunnel 8021q; do
	must modprobe "$module"
done
netns "$CLIENT" "$APP"
veth "$CLIENT" eth0 "$APP" eth0 1500
for end in 1 2; do
	ip_in "$([ $end = 1 ] && echo $CLIENT || echo $APP)" <<-END
		addr add 192.0.2.$end/24 dev eth0
		addr add fd00:9::$end/64 dev eth0 nodad
	END
done
in_ns "$CLIENT" sysctl -qw net.ipv4.ping_group_range="0 0"
start server ip netns exec "$APP" python3 -c '
import socketserver
class H(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(100); self.request.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
class S(socketserver.TCPServer): address_family = 10; allow_reuse_address = True
S(("::", 80), H).serve_forever()'
must wait_for 20 listening "$APP" 80
tunnel vxlan vxlan id 42 remote 192.0.2.% local 192.0.2.@ dstport 4789
tunnel vxlan-flannel vxlan id 1 remote 192.0.2.% local 192.0.2.@ dstport 8472
tunnel vxlan6 vxlan id 42 remote fd00:9::% local fd00:9::@ dstport 4789
tunnel geneve geneve id 42 remote 192.0.2.%
tunnel gre gre remote 192.0.2.% local 192.0.2.@ key 7 csum seq
tunnel gre-plain gre remote 192.0.2.% local 192.0.2.@
tunnel gretap gretap remote 192.0.2.% local 192.0.2.@ key 9
tunnel ip6gre ip6gre remote fd00:9::% local fd00:9::@ csum
tunnel ipip ipip remote 192.0.2.% local 192.0.2.@
tunnel sit sit remote 192.0.2.% local 192.0.2.@
tunnel ip4ip6 ip6tnl remote fd00:9::% local fd00:9::@ mode any
tunnel ip6tnl-plain ip6tnl remote fd00:9::% local fd00:9::@ mode any encaplimit none
done_testing
