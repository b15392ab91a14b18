/** How often a line of progress is written where it cannot be written over the last one. */
const logIntervalMs = 10_000;
const terminalIntervalMs = 200;

export type Terminal = { write(text: string): unknown; readonly isTTY?: boolean };

/** One line that says how far long work has come. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  #toldMs: number;
  #shown = false;

  constructor(terminal: Terminal, nowMs: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#nowMs = nowMs;
    this.#toldMs = nowMs();
  }

  /** Tells it when the last telling was long enough ago. */
  tell(line: () => string): void {
    const isTerminal = this.#terminal.isTTY === true;
    const nowMs = this.#nowMs();
    if (nowMs - this.#toldMs < (isTerminal ? terminalIntervalMs : logIntervalMs)) return;
    this.#toldMs = nowMs;
    this.#shown = isTerminal;
    this.#terminal.write(isTerminal ? `\r\u001b[K${line()}` : `${line()}\n`);
  }

  /** Clears the line on a terminal. */
  end(): void {
    if (this.#shown) this.#terminal.write("\r\u001b[K");
    this.#shown = false;
  }
}

/** `1.5 GB`: sizes as people read them. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
