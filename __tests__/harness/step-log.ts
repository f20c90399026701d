import { COMMAND_NAMES, parseCommand } from './commands.ts';
import type { Command } from './commands.ts';
import type { Masker } from './masker.ts';

/** An error, warning or notice as the workflow run's page shows it. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  title?: string;
  message: string;
}

/** One line that the step printed, and the command that it is to the runner. */
export interface PrintedLine {
  stream: 'stdout' | 'stderr';
  text: string;
  command: Command | undefined;
}

/** The runner shows this many annotations of each level, and this many characters of each. */
const ANNOTATIONS_PER_LEVEL = 10;
const ANNOTATION_CHARACTERS = 4096;

const LABELS = { error: 'Error', warning: 'Warning', notice: 'Notice' } as const;

/** Processes what a step prints, line by line, as the runner does (actions/runner, ActionCommandManager.cs). */
export class StepLog {
  readonly lines: PrintedLine[] = [];
  readonly annotations: Annotation[] = [];
  readonly masks: string[] = [];
  readonly outputs = new Map<string, string>();
  readonly state = new Map<string, string>();
  annotationsDropped = 0;
  /** whether a command failed, which fails the step regardless of its exit code */
  failed = false;
  readonly #masker: Masker;
  readonly #debug: boolean;
  readonly #shown: string[] = [];
  #echo: boolean;
  #stopToken: string | undefined;

  /** @param debug whether step debug logging is on, which shows debug messages and echoes commands */
  constructor(masker: Masker, debug: boolean) {
    this.#masker = masker;
    this.#debug = debug;
    this.#echo = debug;
  }

  /** @returns what a person reads, masked at the moment it was printed */
  get text(): string {
    return this.#shown.join('\n');
  }

  /** Every command that was executed, in order. */
  get commands(): Command[] {
    return this.lines.flatMap(({ command }) => command ?? []);
  }

  /** Processes one line of output, without its end. */
  print(stream: PrintedLine['stream'], text: string): void {
    const command = this.#commandOf(text);
    this.lines.push({ stream, text, command });
    if (command === undefined) this.#show(text);
    else this.#execute(command, text);
  }

  /** Shows a message as an annotation of the run: one of the step's, or one of the runner's own. */
  annotate(level: Annotation['level'], message: string, title?: string): void {
    this.#show(`${LABELS[level]}: ${message}`);
    if (this.annotations.filter((earlier) => earlier.level === level).length >= ANNOTATIONS_PER_LEVEL) {
      this.annotationsDropped += 1;
      return;
    }
    this.annotations.push({
      level,
      ...(title === undefined ? {} : { title: this.#masker.mask(title) }),
      message: this.#masker.mask(message).slice(0, ANNOTATION_CHARACTERS),
    });
  }

  /** Fails the step with an error of the runner's own. */
  fail(message: string): void {
    this.failed = true;
    this.annotate('error', message);
  }

  #show(text: string): void {
    this.#shown.push(this.#masker.mask(text));
  }

  /** While commands are stopped, only the token that was named is one. */
  #commandOf(text: string): Command | undefined {
    return parseCommand(text, this.#stopToken === undefined ? COMMAND_NAMES : new Set([this.#stopToken]));
  }

  #execute(command: Command, line: string): void {
    if (command.name === this.#stopToken) {
      this.#stopToken = undefined;
      this.#show(line);
      return;
    }
    const { name, data, properties } = command;
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        this.annotate(name, data, properties.title);
        break;
      case 'debug':
        if (this.#debug) this.#show(`##[debug]${data}`);
        break;
      case 'add-mask':
        this.#addMask(data);
        break;
      case 'stop-commands':
        this.#stop(data, line);
        break;
      case 'set-env':
      case 'add-path':
        this.fail(`The \`${name}\` command is disabled.`);
        break;
      default:
        if (this.#echo) this.#show(line);
        this.#executeEchoed(command);
    }
  }

  #executeEchoed({ name, data, properties }: Command): void {
    if (name === 'group') this.#show(data);
    if (name === 'echo') this.#setEcho(data);
    if (name === 'set-output') this.#keep(this.outputs, name, properties.name, data);
    if (name === 'save-state') this.#keep(this.state, name, properties.name, data);
  }

  #addMask(value: string): void {
    if (value.trim() === '') {
      this.annotate('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    this.#masker.add(value);
    this.masks.push(value);
    if (this.#echo) this.#show('::add-mask::***');
  }

  #stop(token: string, line: string): void {
    const name = token.toLowerCase();
    if (name === '' || name === 'pause-logging' || COMMAND_NAMES.has(name)) {
      this.fail("Invalid ::stop-commands:: usage. Please use a token that isn't a runner command.");
      return;
    }
    this.#stopToken = name;
    this.#show(line);
  }

  #setEcho(value: string): void {
    const wanted = value.trim().toLowerCase();
    if (wanted === 'on' || wanted === 'off') this.#echo = wanted === 'on';
    else this.fail(`Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${value}'.`);
  }

  #keep(values: Map<string, string>, command: string, name: string | undefined, value: string): void {
    if (name === undefined || name === '') {
      this.fail(`Required field 'name' is missing in ##[${command}] command.`);
      return;
    }
    values.set(name, value);
    this.annotate('warning', `The \`${command}\` command is deprecated and will be disabled soon.`);
  }
}
