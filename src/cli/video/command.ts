/** `wasserfarbe video`: a clip in the style of a painting. */

import type { Command } from 'commander';
import { REFINING_STEPS } from '../../stylize/defaults.ts';
import { loadStylizerOptions } from '../../stylize/node/options.ts';
import {
  choiceNames,
  type RefineOptions,
  refineOptions,
  type StylizeOptions,
  stylizeOptions,
} from '../../stylize/options.ts';
import {
  checkRefining,
  integerBetween,
  type ModelFlags,
  modelFlags,
  numberBetween,
  optionFlags,
  positiveInteger,
  positiveNumbers,
} from '../shared/flags.ts';
import { STEADINESS } from '../../video/steady.ts';
import type { CommandModule } from '../main.ts';
import { UsageError } from '../shared/failure.ts';

/** The flags, in commander's form. */
export interface VideoFlags
  extends ModelFlags,
    Pick<RefineOptions, 'refineMethod' | 'seed'>,
    Pick<
      StylizeOptions,
      | 'strength'
      | 'strokeSize'
      | 'followDetail'
      | 'detail'
      | 'finestSize'
      | 'contentSize'
      | 'styleSize'
      | 'preserveColor'
      | 'tile'
      | 'maxMemory'
    > {
  readonly style?: string[];
  readonly output?: string;
  readonly styleStarts?: number[];
  readonly fade: number;
  readonly steadiness: number;
  readonly fps?: number;
  /** Steps, or the usual ones. */
  readonly refine?: number | true;
  readonly lossNetwork?: string;
  readonly quality?: number;
  readonly keepFrames?: true;
  readonly force?: true;
  readonly quiet?: true;
}

export const videoCommand: CommandModule = {
  aliases: {
    ...{ alpha: 'strength', save: 'output', out: 'output', 'n-threads': 'threads', 'frame-rate': 'fps' },
    ...{ 'preserve-colour': 'preserve-color', temporal: 'steadiness' },
  },
  configure(command: Command) {
    command
      .argument('<clip>', 'a film, an animated GIF or WebP, or a folder of pictures')
      .option('-s, --style <paths...>', 'a picture or style file; several follow each other')
      .option('-o, --output <path>', 'a .mp4, .mov, .mkv, .webm, .gif or .webp file, or a folder for PNGs')
      .option(
        '--style-starts <list>',
        'seconds at which each style after the first begins, as in 4,9.5 (default: evenly spread)',
        positiveNumbers,
      )
      .option('--fade <seconds>', 'in which one style turns into the next', numberBetween(0, 60), 1)
      .option(
        '--steadiness <0-1>',
        'share of places that keep their paint from frame to frame; 0 paints each frame for itself',
        numberBetween(0, 1),
        STEADINESS,
      )
      .option('--fps <1-240>', 'pictures a second of a folder (default: 25)', numberBetween(1, 240))
      .option(
        '--refine [steps]',
        `optimise key frames, from which the others take their paint (default: ${REFINING_STEPS} steps at each of two sizes)`,
        positiveInteger,
      );
    // Broken colour would stay on the screen while things move below it.
    const looks = choiceNames.filter((name) => name !== 'brokenColour');
    const names = [...looks, 'contentSize', 'styleSize', 'preserveColor', 'tile', 'maxMemory'] as const;
    const refining = [
      ...optionFlags(refineOptions, ['refineMethod', 'seed']),
      ...optionFlags(loadStylizerOptions, ['lossNetwork']),
    ];
    for (const flag of [...optionFlags(stylizeOptions, names), ...refining, ...modelFlags()])
      command.addOption(flag);
    command
      .option('--quality <1-100>', 'of films and WebP (default: 80 and 90)', integerBetween(1, 100))
      .option('--keep-frames', 'keep the folder of painted frames')
      .option('--force', 'write over what exists, and begin anew')
      .option('--quiet', 'print only what goes wrong')
      .addHelpText(
        'after',
        `
Frames are painted into the folder OUTPUT.frames, and the clip is made of them. Ctrl-C keeps them: the same command goes on
where it ended. Timing and sound of films are kept, subtitles are not. Films need two more packages:
npm install mediabunny @mediabunny/server

Examples:
  wasserfarbe video dance.gif --style painting.jpg -o dance.webp
  wasserfarbe video holiday.mp4 --style painting.jpg -o painted.mp4 --content-size 480
  wasserfarbe video frames/ --style night.jpg sun.jpg --fade 2 -o painted/`,
      )
      .action(async (clip: string, flags: VideoFlags) => {
        if (flags.output === undefined) {
          throw new UsageError({ expected: 'a file or a folder', name: '--output', received: 'nothing' });
        }
        checkRefining(flags);
        const { paintVideo } = await import('./run.ts');
        await paintVideo(clip, { ...flags, output: flags.output });
      });
  },
};
