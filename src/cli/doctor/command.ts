/** `wasserfarbe doctor`: examines and describes this installation. */

import { type Command, Option } from 'commander';
import type { CommandModule } from '../main.ts';

interface DoctorFlags {
  readonly json?: true;
  /** Internal: tries one device in a process of its own. */
  readonly probe?: string;
}

export const doctorCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command
      .option('--json', 'print one JSON document on stdout')
      .addOption(new Option('--probe <device>').hideHelp())
      .addHelpText(
        'after',
        `
Prints versions, tries every device that ONNX Runtime was built with, compares each model of the package with its
checksum, and paints a small picture with each, which must come out as it did where the package was made. Ends with 1 if
something is wrong, and says what to do. Nothing is sent or fetched.`,
      )
      .action(async (flags: DoctorFlags) => {
        if (flags.probe !== undefined) {
          const { probe } = await import('./devices.ts');
          await probe(flags.probe);
          return;
        }
        const { examine } = await import('./run.ts');
        await examine(flags.json ?? false);
      });
  },
};
