import type { Random } from "../integration/random.ts";

const numbers = [0, 1, 2, 5, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0xffff_ffff, 2 ** 53 - 1];

/** A frame or a text as it was once really sent, and wrong in up to three places. */
export function mutated(
  random: Random,
  sample: Uint8Array,
  others: readonly Uint8Array[],
): Uint8Array {
  let bytes = sample;
  for (let times = 1 + random.below(3); times > 0; times--) {
    bytes = mutatedOnce(random, bytes, others[random.below(others.length)] ?? sample);
  }
  return bytes;
}

function mutatedOnce(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(9)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
    case 2:
      return bytes.map((byte, index) => (index === at ? random.below(256) : byte));
    case 3:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << random.below(8)) : byte));
    case 4:
      return Buffer.concat([
        bytes.subarray(0, at),
        varUint(numbers[random.below(numbers.length)] ?? 0),
        bytes.subarray(at + 1),
      ]);
    case 5:
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(0, at),
        bytes.subarray(at),
      ]).subarray(0, 100_000);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
    case 7:
      // The body under another type or kind, where the address ends.
      return bytes.map((byte, index) => (index >= 23 && index <= 24 ? random.below(12) : byte));
    default:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256))),
        bytes.subarray(at),
      ]);
  }
}

/** As lib0 writes a whole number. */
export function varUint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
