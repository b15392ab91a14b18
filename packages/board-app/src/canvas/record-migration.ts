import {
  formOf,
  isCanvasSchema,
  type BoardRecord,
  type CanvasSchema,
  type RecordForms,
} from "@boardwalk/board-model";
import type { SerializedSchema, TLSchema } from "tldraw";

type Step = Extract<
  ReturnType<TLSchema["getMigrationsSince"]>,
  { readonly ok: true }
>["value"][number];

/** Brings records of older boards into the form of this canvas, by tldraw's own migrations, one by one. */
export class RecordMigration implements RecordForms {
  readonly schema: CanvasSchema;
  readonly #canvas: TLSchema;
  /** By the numbers of both forms. */
  readonly #steps = new Map<string, readonly Step[] | null>();

  constructor(canvas: TLSchema) {
    this.#canvas = canvas;
    const schema = canvas.serialize();
    if (!isCanvasSchema(schema)) throw new TypeError("The canvas has a schema of another kind");
    this.schema = schema;
  }

  migrate(record: BoardRecord, from: CanvasSchema, to: CanvasSchema): BoardRecord | null {
    const steps = this.#stepsBetween(from, to);
    if (steps === null || steps.length === 0) return steps && record;
    let migrated = structuredClone(record);
    try {
      for (const step of steps) {
        // Such a step is about the board as a whole; no board has been that old.
        if (step.scope === "store") return null;
        const subject = migrated as unknown as Parameters<typeof step.up>[0];
        if (step.filter?.(subject) === false) continue;
        migrated = (step.up(subject) ?? migrated) as unknown as BoardRecord;
      }
    } catch {
      // A record that is not what its schema says: set aside, like any that cannot be read.
      return null;
    }
    return migrated;
  }

  /** null when tldraw knows no way. */
  #stepsBetween(from: CanvasSchema, to: CanvasSchema): readonly Step[] | null {
    const key = `${formOf(from)} ${formOf(to)}`;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const [wanted, later] = [this.#stepsSince(from), this.#stepsSince(to)];
    const steps = wanted && later && wanted.filter((step) => !later.includes(step));
    this.#steps.set(key, steps);
    return steps;
  }

  #stepsSince(schema: CanvasSchema): readonly Step[] | null {
    const found = this.#canvas.getMigrationsSince(schema as SerializedSchema);
    return found.ok ? found.value : null;
  }
}
