import { BoardDocument, encodePresence, type BoardRecord } from "@boardwalk/board-model";
import type { IndexKey } from "@tldraw/utils";
import * as Y from "yjs";
import { Pace } from "../pace.ts";
import { Meter, type Place } from "../person.ts";
import { YjsPerson } from "../yjs-person.ts";
import { activity, Drawing } from "./activity.ts";

const noText = { read: () => ({}), repair: () => ({}), write: () => undefined };

/** The others on a board of Boardwalk's: connections of their own, drawing. */
export class Crowd {
  readonly #people: readonly YjsPerson[];
  readonly #pace: Pace;

  private constructor(people: readonly YjsPerson[], pace: Pace) {
    this.#people = people;
    this.#pace = pace;
  }

  static async start(url: string, place: Place, above: IndexKey): Promise<Crowd> {
    const pace = new Pace();
    const people: YjsPerson[] = [];
    for (let number = 0; number < activity.people; number++) {
      const person = await YjsPerson.join("hocuspocus", url, place, number, new Meter());
      people.push(person);
      const document = new Y.Doc();
      document.on("update", (update: Uint8Array) => person.sendUpdate(update));
      const board = new BoardDocument(document, noText);
      const drawing = new Drawing(number, above);
      const phase = (number * 0.618_034) % 1;
      pace.add(activity.pointsPerSecond, phase, () => {
        const step = drawing.step();
        const [before, after] = [step.before as BoardRecord | null, step.after as BoardRecord];
        if (before === null) board.write({ added: [after], updated: [], removed: [] }, null);
        else board.write({ added: [], updated: [{ before, after }], removed: [] }, null);
      });
      pace.add(activity.cursorsPerSecond, phase, () => {
        const { x, y } = drawing.cursor;
        person.show(
          encodePresence({
            id: `person-${number}`,
            name: `Person ${number}`,
            color: "#e03131",
            page: "page:page",
            cursor: [x, y],
            drawing: null,
            selection: [],
            view: null,
            caret: null,
            following: null,
            idle: false,
            viewer: false,
          }),
        );
      });
    }
    pace.start();
    return new Crowd(people, pace);
  }

  async leave(): Promise<void> {
    this.#pace.stop();
    await Promise.all(this.#people.map((person) => person.leave()));
  }
}
