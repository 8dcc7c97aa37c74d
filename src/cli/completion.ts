/** `wasserfarbe completion`: commands, flags and their words for the completion of a shell. */

import { Argument, type Command } from 'commander';
import type { CommandModule } from './main.ts';
import { say } from './shared/output.ts';

/** A command to complete, such as `stylize` or `style encode`, with its flags and those flags' words. */
interface Completed {
  readonly words: readonly string[];
  readonly about: string;
  readonly inner: readonly string[];
  readonly flags: readonly { long: string; about: string; takesValue: boolean; choices: readonly string[] }[];
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const completionCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command
      .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
      .addHelpText(
        'after',
        `
Examples:
  wasserfarbe completion bash >> ~/.bashrc
  wasserfarbe completion zsh >> ~/.zshrc
  wasserfarbe completion fish > ~/.config/fish/completions/wasserfarbe.fish`,
      )
      .action((shell: keyof typeof scripts) => {
        const program = command.parent;
        if (program !== null) say(scripts[shell](completed(program)));
      });
  },
};

/** All commands, the program itself first. */
function completed(command: Command, words: readonly string[] = []): Completed[] {
  const own = {
    words,
    about: command.description(),
    inner: command.commands.map((inner) => inner.name()),
    flags: command.options.flatMap(({ long, description, required, optional, argChoices = [], hidden }) =>
      long == null || hidden
        ? []
        : { long, about: description, takesValue: required || optional, choices: argChoices },
    ),
  };
  return [own, ...command.commands.flatMap((inner) => completed(inner, [...words, inner.name()]))];
}

/** Words that are no flags are completed as files. */
function bashScript(all: readonly Completed[]): string {
  const cases = all.map(({ words, inner, flags }) => {
    const after = flags
      .filter(({ choices }) => choices.length > 0)
      .map(({ long, choices }) => `        ${long}) words="${choices.join(' ')}" ;;`);
    return [
      `    "${words.join(' ')}")`,
      `      words="${[...inner, ...flags.map(({ long }) => long), '--help'].join(' ')}"`,
      ...(after.length > 0 ? ['      case "$before" in', ...after, '      esac'] : []),
      '      ;;',
    ].join('\n');
  });
  const nested = all.filter(({ words }) => words.length > 0).map(({ words }) => `"${words.join(' ')}"`);
  return `_wasserfarbe() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words="" command="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in
      ${nested.join('|')}) command="\${command:+$command }$word" ;;
      *) break ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o bashdefault -o default -F _wasserfarbe wasserfarbe`;
}

/** Zsh runs the script of bash. */
function zshScript(all: readonly Completed[]): string {
  return `autoload -Uz compinit bashcompinit && compinit && bashcompinit\n${bashScript(all)}`;
}

function fishScript(all: readonly Completed[]): string {
  const line = (condition: string, rest: string) => `complete -c wasserfarbe -n '${condition}' ${rest}`;
  return all
    .flatMap(({ words, inner, flags }) => {
      const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
      const here = inner.length > 0 ? [`not __fish_seen_subcommand_from ${inner.join(' ')}`] : [];
      const condition = [...seen, ...here].join('; and ');
      const about = (name: string) =>
        all.find((one) => one.words.join(' ') === [...words, name].join(' '))?.about;
      return [
        ...inner.map((name) => line(condition, `-f -a ${name} -d '${quoted(about(name) ?? '')}'`)),
        ...flags.map(({ long, about: text, takesValue, choices }) => {
          const words = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : '';
          return line(condition, `-l ${long.slice(2)}${words} -d '${quoted(text)}'`);
        }),
      ];
    })
    .join('\n');
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
