import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { suggest } from '../../base/nearest.js';
import { fail } from '../../base/problem.js';
import type { ExitCode } from '../exit.js';

interface Words {
  readonly commands: readonly { name: string; about: string; options: readonly string[] }[];
}

const SCRIPTS: Record<string, (words: Words) => string> = {
  bash: ({ commands }) => `_infersight() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(' ')}" -- "$word")); return; fi
  local options=""
  case "\${COMP_WORDS[1]}" in
${commands.map((c) => `    ${c.name}) options="${c.options.join(' ')}" ;;`).join('\n')}
  esac
  if [ "\${word:0:1}" = "-" ]; then COMPREPLY=($(compgen -W "$options" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -F _infersight infersight
`,
  zsh: ({ commands }) => `#compdef infersight
_infersight() {
  if (( CURRENT == 2 )); then
    local -a commands=(${commands.map((c) => `'${c.name}:${c.about.replaceAll(/[':]/g, ' ')}'`).join(' ')})
    _describe command commands
    return
  fi
  case "\${words[2]}" in
${commands.map((c) => `    ${c.name}) compadd -- ${c.options.join(' ')} ;;`).join('\n')}
  esac
  _files
}
compdef _infersight infersight
`,
  fish: ({ commands }) =>
    `${commands
      .flatMap((c) => [
        `complete -c infersight -n __fish_use_subcommand -a ${c.name} -d '${c.about.replaceAll("'", ' ')}'`,
        ...c.options.map(
          (o) => `complete -c infersight -n '__fish_seen_subcommand_from ${c.name}' -l ${o.replace(/^--/, '')}`,
        ),
      ])
      .join('\n')}\n`,
};

/** Prints a completion script for a shell. */
export async function completion(shell: string, program: CommandUnknownOpts): Promise<ExitCode> {
  const write = SCRIPTS[shell];
  if (!write) return fail('usage', `there is no completion for "${shell}"`, suggest(shell, Object.keys(SCRIPTS)));
  const commands = program.commands.map((c) => ({
    name: c.name(),
    about: c.description(),
    options: c.options.flatMap((o) => (o.long ? [o.long] : [])),
  }));
  process.stdout.write(write({ commands }));
  return 0;
}
