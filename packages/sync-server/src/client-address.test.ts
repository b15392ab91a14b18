import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { clientAddressOf } from "./client-address.ts";

function addressOf(remoteAddress: string, forwarded: string | undefined, hops: number): string {
  const request = { socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } };
  return clientAddressOf(request as unknown as IncomingMessage, hops);
}

describe("the address of a client", () => {
  it.each([
    ["127.0.0.1", undefined, 0, "127.0.0.1"],
    ["127.0.0.1", "192.0.2.1", 0, "127.0.0.1"],
    ["127.0.0.1", "192.0.2.1", 1, "192.0.2.1"],
    // What the client itself claims comes first, and counts for nothing.
    ["127.0.0.1", "198.51.100.9, 192.0.2.1", 1, "192.0.2.1"],
    ["127.0.0.1", "198.51.100.9, 192.0.2.1, 10.0.0.1", 2, "192.0.2.1"],
    ["127.0.0.1", undefined, 2, "127.0.0.1"],
  ])("of %s, with %s forwarded and %i proxies, is %4$s", (remote, forwarded, hops, expected) => {
    expect(addressOf(remote, forwarded, hops)).toBe(expected);
  });

  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s counts as %s", (remote, expected) => {
    expect(addressOf(remote, undefined, 0)).toBe(expected);
  });
});
