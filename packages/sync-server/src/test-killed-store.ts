import type { Store } from "@boardwalk/persistence";

/** A store whose writes fail once so many of them were done: the server was killed there. */
export function killedAfter(store: Store, writes: number): Store {
  let left = writes;
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left === 0) throw new Error("killed");
    left--;
    return work();
  };
  return {
    ...store,
    commit: async (operations) => write(async () => store.commit(operations)),
    records: store.records,
    updates: {
      append: async (name, update) => write(async () => store.updates.append(name, update)),
      put: async (name, update) => write(async () => store.updates.put(name, update)),
      delete: async (name) => write(async () => store.updates.delete(name)),
      load: async (name) => store.updates.load(name),
      names: () => store.updates.names(),
    },
    versions: {
      create: async (...version) => write(async () => store.versions.create(...version)),
      put: async (...version) => write(async () => store.versions.put(...version)),
      describe: async (...version) => write(async () => store.versions.describe(...version)),
      delete: async (name, ids) => write(async () => store.versions.delete(name, ids)),
      list: async (name) => store.versions.list(name),
      load: async (name, id) => store.versions.load(name, id),
    },
    assets: {
      put: async (source, options) => write(async () => store.assets.put(source, options)),
      delete: async (sha256) => write(async () => store.assets.delete(sha256)),
      open: async (sha256) => store.assets.open(sha256),
      entries: () => store.assets.entries(),
    },
  };
}
