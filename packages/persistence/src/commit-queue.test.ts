import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CommitQueue, type Submission } from "./commit-queue.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

const submission: Submission = { operations: 1, bytes: 1 };
const longerThanAnyWaitMs = 1000;

/** A queue whose commits take no time, and how many there were in each of them. */
function instantQueue(): { queue: CommitQueue<Submission>; sizes: number[] } {
  const sizes: number[] = [];
  const queue = new CommitQueue<Submission>(DEFAULT_LIMITS, async (batch) => {
    sizes.push(batch.length);
    for (const pending of batch) pending.resolve();
  });
  return { queue, sizes };
}

// The clock stands still but where a test moves it: whoever waits for it waits for ever.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it("has one who commits again and again wait for nobody", async () => {
  const { queue, sizes } = instantQueue();
  for (let commit = 0; commit < 10; commit++) await queue.submit(submission);
  expect(sizes).toEqual(Array.from({ length: 10 }, () => 1));
});

it("collects more after a commit of several, until one comes alone", async () => {
  const { queue, sizes } = instantQueue();
  await Promise.all([queue.submit(submission), queue.submit(submission)]);
  const third = queue.submit(submission);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sizes).toEqual([2]);
  const fourth = queue.submit(submission);
  await vi.advanceTimersByTimeAsync(longerThanAnyWaitMs);
  await Promise.all([third, fourth]);
  expect(sizes).toEqual([2, 2]);

  const fifth = queue.submit(submission);
  await vi.advanceTimersByTimeAsync(longerThanAnyWaitMs);
  await fifth;
  await queue.submit(submission);
  expect(sizes).toEqual([2, 2, 1, 1]);
});
