import { describe } from "vitest";
import { assetContract } from "./test-asset-contract.ts";
import { compactionContract } from "./test-compaction-contract.ts";
import { type OpenHome, storesOn } from "./test-contract-stores.ts";
import { logContract } from "./test-log-contract.ts";
import { putContract } from "./test-put-contract.ts";
import { versionContract } from "./test-version-contract.ts";

export type { OpenHome } from "./test-contract-stores.ts";

/**
 * Tests of all that every home of a Store promises. To be called in a test file; `newHome` is
 * called before each test, and returns what opens a store on a home that is empty at first.
 */
export function storeContract(homeName: string, newHome: () => Promise<OpenHome>): void {
  describe(`a store on ${homeName}`, () => {
    const stores = storesOn(newHome);
    logContract(stores);
    compactionContract(stores);
    putContract(stores);
    versionContract(stores);
    assetContract(stores);
  });
}
