import { describe, expect, it } from "vitest";
import { FrameJoiner } from "./frame-joiner.ts";

const [update, presence] = [Buffer.from("update"), Buffer.from("presence")];

describe("frames of one tick", () => {
  it("become one buffer for all who get the same, whoever gets one more between them", () => {
    const joiner = new FrameJoiner();
    const shared = joiner.join([update, presence]);
    expect(shared.toString()).toBe("updatepresence");
    for (const ack of ["ack 1", "ack 2"]) {
      const own = joiner.join([update, presence, Buffer.from(ack)]);
      expect(own.toString()).toBe(`updatepresence${ack}`);
      expect(joiner.join([update, presence])).toBe(shared);
    }
  });

  it("are never those of another socket", () => {
    const joiner = new FrameJoiner();
    joiner.join([update, presence]);
    expect(joiner.join([presence, update]).toString()).toBe("presenceupdate");
    expect(joiner.join([presence])).toBe(presence);
    expect(joiner.join([update, Buffer.from("presence")]).toString()).toBe("updatepresence");
  });
});
