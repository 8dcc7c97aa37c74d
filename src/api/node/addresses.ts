/** Addresses of the open internet, as opposed to those inside of a network or a machine. */

import { BlockList, isIP, isIPv4 } from 'node:net';

/** RFC 6890 and later: this network, private, shared, loopback, link-local, documentation, multicast, … */
const closed4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** Of version 6 only global unicast is open, less what stands for other addresses or for nothing. */
const open6 = ['2000::/3'];
const closed6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const [closedList4, openList6, closedList6] = [
  listOf(closed4, 'ipv4'),
  listOf(open6, 'ipv6'),
  listOf(closed6, 'ipv6'),
];

/** Whether an address is one of the open internet. Anything that is no address is not. */
export function isOpenAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !closedList4.check(address, 'ipv4');
  return openList6.check(address, 'ipv6') && !closedList6.check(address, 'ipv6');
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
