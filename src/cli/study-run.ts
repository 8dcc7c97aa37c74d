/** The work of `wasserfarbe study`. */

import { once } from 'node:events';
import { interruption, leaveNothing, required } from './shared/failure.ts';
import type { StudyMakeFlags } from './study.ts';

export async function make(flags: StudyMakeFlags): Promise<void> {
  const { makeStudy } = await import('../study/node/make.ts');
  const { pairs, seed, force = false } = flags;
  const evaluation = required(flags.evaluation, 'an evaluation folder', '--evaluation');
  const output = required(flags.output, 'a new folder', '--output');
  const { signal, end } = interruption();
  try {
    const study = await makeStudy({ evaluation, output, pairs, seed, force, signal });
    console.log(`${output}  ${pairs} pairs, ${study.items.length} pictures to rate`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    end();
  }
}

/** Serves until Ctrl-C, which is how it is meant to end: without an error. */
export async function rate(folder: string, port: number): Promise<void> {
  const { serveStudy } = await import('../study/node/server.ts');
  const { signal, end } = interruption();
  try {
    const served = await serveStudy(folder, port);
    console.log(served.url);
    console.error(`wasserfarbe: ${served.study.items.length} pictures to rate there; Ctrl-C ends it`);
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  } finally {
    end();
  }
}

export async function report(folder: string, json: boolean): Promise<void> {
  const [{ reportStudy }, { readAnswers }, { readKey, readStudy }] = await Promise.all([
    import('../study/report.ts'),
    import('../study/node/answers.ts'),
    import('../study/node/folder.ts'),
  ]);
  const [study, key, answers] = await Promise.all([readStudy(folder), readKey(folder), readAnswers(folder)]);
  const found = reportStudy(study, key, answers);
  if (json) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  const { reportText } = await import('../study/report-text.ts');
  console.log(reportText(found));
}
