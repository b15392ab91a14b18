import proxyAddress from "@fastify/proxy-addr";
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

const groupsOfNetwork = 4;
const groups = 8;

/**
 * Whose request this is, as far as it is to be believed: the address that the first of so many
 * proxies in front has seen. An IPv6 address counts by its network of 64 bits, all of which one
 * person has.
 */
export function clientAddressOf(request: IncomingMessage, trustedProxyHops: number): string {
  const address = proxyAddress(request, (_address, hop) => hop < trustedProxyHops);
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from(
    { length: Math.max(0, groups - before.length - after.length) },
    () => "0",
  );
  const whole = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${whole
    .slice(0, groupsOfNetwork)
    .map((group) => parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
