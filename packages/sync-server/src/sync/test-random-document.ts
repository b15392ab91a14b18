import fc from "fast-check";
import * as Y from "yjs";

const people = 4;
/** From here on those who come later. */
const newClientId = 100;
const clocks = fc.nat(1_000);
const texts = fc.string({ unit: fc.constantFrom("a", "é", "𝄞", "\uFEFF", " "), maxLength: 8 });

const values = fc.oneof(
  texts,
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constantFrom(null, undefined, 2n ** 40n, -(2 ** 40), 0.5, Math.fround(0.1)),
  fc.uint8Array({ maxLength: 9 }),
  fc.array(fc.oneof(fc.integer(), texts, fc.uint8Array({ maxLength: 3 })), { maxLength: 4 }),
  fc.dictionary(fc.constantFrom("a", "b", "c"), fc.array(fc.boolean(), { maxLength: 3 }), {
    noNullPrototype: true,
  }),
);

const kinds = [
  "set",
  "unset",
  "nest",
  "insert",
  "write",
  "format",
  "embed",
  "remove",
  "json",
  "document",
  "exchange",
  "exchange",
  "exchange",
  "restart",
] as const;

const steps = fc.array(
  fc.record({
    who: fc.nat(people - 1),
    kind: fc.constantFrom(...kinds),
    /** Which of the types that there are, where in it, and how much. */
    type: clocks,
    at: clocks,
    count: fc.integer({ min: 1, max: 5 }),
    value: values,
    text: texts,
    /** To whom an exchange goes, counted from who sends. */
    distance: fc.integer({ min: 1, max: people - 1 }),
  }),
  { minLength: 1, maxLength: 80, size: "max" },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

/** What people do to one document, each to a replica of their own. */
export const histories = fc.record({ steps, collects: fc.boolean() });
type History = typeof histories extends fc.Arbitrary<infer One> ? One : never;

/** The replicas in the end; `collects`: whether they give up what was deleted. */
export function replicasOf(history: History): Y.Doc[] {
  const { collects } = history;
  const replicas = Array.from({ length: people }, (_, who) => replicaOf(who + 1, collects));
  history.steps.forEach((step, number) => {
    const replica = replicas[step.who];
    const other = replicas[(step.who + step.distance) % people];
    if (replica === undefined || other === undefined) throw new Error("Nobody");
    if (step.kind === "exchange") {
      Y.applyUpdate(other, Y.encodeStateAsUpdate(replica, Y.encodeStateVector(other)));
    } else if (step.kind === "json") {
      Y.applyUpdate(
        replica,
        oldList(newClientId + number, [step.text, step.count, null, undefined]),
      );
    } else if (step.kind === "restart") {
      const again = replicaOf(newClientId + number, collects);
      Y.applyUpdate(again, Y.encodeStateAsUpdate(replica));
      replicas[step.who] = again;
    } else replica.transact(() => take(replica, step));
  });
  return replicas;
}

function replicaOf(clientId: number, collects: boolean): Y.Doc {
  const replica = new Y.Doc({ gc: collects });
  // Some that fit in one byte when they are written, some that take all.
  replica.clientID = clientId % 2 === 0 ? clientId : 2 ** 53 - 1 - clientId;
  replica.getMap("map");
  replica.getArray("list");
  replica.getText("text");
  replica.getXmlFragment("xml");
  return replica;
}

const nested = [
  () => new Y.Map<unknown>(),
  () => new Y.Array<unknown>(),
  () => new Y.Text("new"),
  () => new Y.XmlElement("p"),
  () => new Y.XmlText("new"),
  () => new Y.XmlHook("hook"),
];

/** Every type in the document that is not deleted. */
function typesIn(replica: Y.Doc): Y.AbstractType<unknown>[] {
  const found = [...replica.share.values()] as Y.AbstractType<unknown>[];
  for (const structs of replica.store.clients.values()) {
    for (const struct of structs) {
      if (!(struct instanceof Y.Item) || struct.deleted) continue;
      if (struct.content instanceof Y.ContentType) found.push(struct.content.type);
    }
  }
  return found;
}

function take(replica: Y.Doc, step: Step): void {
  const { kind, at, count, value, text } = step;
  const types = typesIn(replica);
  const type = types[step.type % types.length];
  const make = nested[count % nested.length] ?? (() => new Y.Map());
  const key = `key-${at % 3}`;
  if (type instanceof Y.XmlFragment) {
    const index = at % (type.length + 1);
    if (kind === "remove") removeFrom(type, at, count);
    else if (kind === "set" && type instanceof Y.XmlElement) type.setAttribute(key, text);
    else if (kind === "write") type.insert(index, [new Y.XmlText(text)]);
    else type.insert(index, [new Y.XmlElement("p")]);
  } else if (type instanceof Y.Text) {
    const index = at % (type.length + 1);
    if (kind === "remove") removeFrom(type, at, count);
    else if (kind === "embed") type.insertEmbed(index, { image: text });
    else if (kind === "format") {
      const start = at % (type.length + 1);
      type.format(start, Math.min(count, type.length - start), {
        bold: at % 2 === 0 ? true : null,
      });
    } else type.insert(index, text.length > 0 ? text : "x", at % 4 === 0 ? { italic: true } : {});
  } else if (type instanceof Y.Array) {
    const index = at % (type.length + 1);
    if (kind === "remove") removeFrom(type, at, count);
    else if (kind === "nest") type.insert(index, [make()]);
    else if (kind === "document") type.insert(index, [new Y.Doc({ guid: text })]);
    // A list takes these only within another value.
    else if (typeof value === "bigint" || value === undefined) type.insert(index, [[value]]);
    else
      type.insert(
        index,
        Array.from({ length: count }, () => value),
      );
  } else if (type instanceof Y.Map) {
    if (kind === "unset") type.delete(key);
    else if (kind === "nest") type.set(key, make());
    else if (kind === "document") type.set(key, new Y.Doc({ guid: text, meta: { text } }));
    else type.set(key, value);
  }
}

type Sequence = { readonly length: number; delete(index: number, length: number): void };

function removeFrom(sequence: Sequence, at: number, count: number): void {
  if (sequence.length === 0) return;
  const start = at % sequence.length;
  sequence.delete(start, Math.min(count, sequence.length - start));
}

/** A list with values as Yjs wrote them before lib0 had a format for them, and still reads. */
function oldList(clientId: number, json: unknown[]): Uint8Array {
  const document = new Y.Doc();
  const list = document.getArray("list");
  document.transact((transaction) => {
    const content = new Y.ContentJSON(json);
    const id = Y.createID(clientId, 0);
    new Y.Item(id, null, null, null, null, list, null, content).integrate(transaction, 0);
  });
  return Y.encodeStateAsUpdate(document);
}
