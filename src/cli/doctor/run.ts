/**
 * The work of `wasserfarbe doctor`. Every part is examined by itself, so that a broken one hides no other.
 */

import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { onnxRuntime } from '../../runtime/node/load.ts';
import { packageManifest } from '../../files/package.ts';
import type { MethodName } from '../../networks/presets.ts';
import { defaultModel, modelNames, openModel, shippedMethods } from '../../stylize/node/models.ts';
import { shortHash } from '../../stylize/style-file-check.ts';
import { type DeviceFound, findDevices } from './devices.ts';
import { goldens } from './goldens.ts';
import {
  agrees,
  compare,
  type Difference,
  drawContent,
  drawStyle,
  TEST_STYLE_SIZE,
  tolerance,
} from './picture.ts';
import { Exit, exitCodes, oneLine } from '../shared/failure.ts';
import { say, sayJson, tell } from '../shared/output.ts';

/** Problems found, a line each with its remedy. */
type Problems = string[];

interface Versions {
  readonly wasserfarbe: string;
  readonly node: string;
  readonly onnxruntime: string | null;
  readonly sharp: string | null;
  readonly libvips: string | null;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** Memory in bytes. */
  readonly memory: number;
  readonly availableMemory: number;
}

interface ModelFound {
  readonly model: string;
  readonly method: MethodName | null;
  /** Null if the model cannot be used. */
  readonly sha256: string | null;
  /** Difference of its test picture from the golden; null if either is missing. */
  readonly difference: Difference | null;
  readonly seconds: number | null;
  readonly ok: boolean;
}

/**
 * Examines everything and prints the findings.
 *
 * @throws Exit if something is wrong
 */
export async function examine(json: boolean): Promise<void> {
  const problems: Problems = [];
  const versions = await findVersions(problems);
  const devices = versions.onnxruntime === null ? [] : await tryDevices(problems);
  const loads = versions.onnxruntime !== null && versions.sharp !== null;
  const models: ModelFound[] = [];
  for (const name of await expectedModels()) models.push(await examineModel(name, loads, problems));
  if (json) {
    const document = { ok: problems.length === 0, versions, devices, models, tolerance, problems };
    sayJson(document);
  } else {
    say(reportText(versions, devices, models, problems.length));
  }
  for (const problem of problems) tell(`wasserfarbe: ${problem}`);
  if (problems.length > 0) throw new Exit(exitCodes.failure);
}

async function findVersions(problems: Problems): Promise<Versions> {
  const manifest = packageManifest();
  const { node } = process.versions;
  const needed = /\d+\.\d+/.exec(manifest.engines.node)?.[0] ?? '0.0';
  if (isOlder(node, needed))
    problems.push(`expected Node ${needed} or newer but received ${node}; update Node`);
  const [onnxruntime, images] = await Promise.all([
    loaded('onnxruntime-node', problems, async () => onnxRuntime().env.versions.node),
    loaded('sharp', problems, async () => (await import('sharp')).default.versions),
  ]);
  const [processor] = cpus();
  return {
    wasserfarbe: manifest.version,
    node,
    onnxruntime: onnxruntime ?? null,
    sharp: images?.sharp ?? null,
    libvips: images?.vips ?? null,
    system: `${type()} ${release()} ${process.arch}`,
    processor: processor?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    availableMemory: process.availableMemory(),
  };
}

function isOlder(version: string, needed: string): boolean {
  const [[major = 0, minor = 0] = [], [neededMajor = 0, neededMinor = 0] = []] = [version, needed].map(
    (text) => text.split('.').map(Number),
  );
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}

/** Loads a package of native code. If that fails, it adds a problem and returns undefined. */
async function loaded<T>(name: string, problems: Problems, load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof WasserfarbeError) problems.push(error.message);
    else {
      const [reason = ''] = messageOf(error).trim().split('\n', 1);
      problems.push(`${name} does not load: ${reason}; install it for this system: npm install ${name}`);
    }
    return undefined;
  }
}

async function tryDevices(problems: Problems): Promise<DeviceFound[]> {
  const devices = await findDevices();
  const cpu = devices.find(({ device }) => device === 'cpu');
  // The other devices need drivers that most machines lack.
  if (!cpu?.works) {
    const reason = cpu?.reason ?? 'this build of ONNX Runtime does not name it';
    problems.push(`the CPU does not work: ${reason}; install onnxruntime-node again`);
  }
  return devices;
}

/** The default model of every method that ships, and all other models beside them. */
async function expectedModels(): Promise<string[]> {
  return [...new Set([...shippedMethods.map(defaultModel), ...(await modelNames())])];
}

async function examineModel(name: string, loads: boolean, problems: Problems): Promise<ModelFound> {
  const broken = { model: name, method: null, sha256: null, difference: null, seconds: null, ok: false };
  if (!(await modelNames()).includes(name)) {
    problems.push(`model ${name} is missing; install the package again`);
    return broken;
  }
  try {
    const { sha256, method } = await openModel(name);
    const known = { ...broken, method, sha256 };
    const golden = goldens[sha256];
    if (golden === undefined) {
      const remedy = 'install the package again, or in its repository: npm run goldens';
      problems.push(`model ${name} (${shortHash(sha256)}) has no golden test picture; ${remedy}`);
      return known;
    }
    // Failure to load has been reported already.
    if (!loads) return known;
    const started = performance.now();
    const difference = compare(await paintTestPicture(name), golden);
    const seconds = Math.round(performance.now() - started) / 1000;
    const ok = agrees(difference);
    if (!ok) {
      const allowed = `${tolerance.most}/255, on average ${tolerance.mean}/255`;
      const remedy =
        'install onnxruntime-node again; if that does not help, report it with wasserfarbe doctor --json';
      problems.push(
        `the test picture of model ${name} differs by ${inText(difference)}, more than ${allowed}; ${remedy}`,
      );
    }
    return { ...known, difference, seconds, ok };
  } catch (error) {
    problems.push(`model ${name}: ${oneLine(error)}`);
    return broken;
  }
}

/** The test picture, painted by a model at its own size. */
export async function paintTestPicture(model: string) {
  const { loadStylizer } = await import('../../stylize/node/stylizer.ts');
  const stylizer = await loadStylizer({ model, device: 'cpu' });
  try {
    const style = await stylizer.prepareStyle(drawStyle(), { size: TEST_STYLE_SIZE });
    return await stylizer.stylize(drawContent(), style);
  } finally {
    await stylizer.dispose();
  }
}

function reportText(
  versions: Versions,
  devices: readonly DeviceFound[],
  models: readonly ModelFound[],
  problems: number,
): string {
  const { onnxruntime, sharp, libvips, system, processor, cores, memory, availableMemory } = versions;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const row = (name: string, text: string): string => `  ${name.padEnd(14)} ${text}`;
  return [
    `wasserfarbe ${versions.wasserfarbe}`,
    row('Node', versions.node),
    row('ONNX Runtime', onnxruntime ?? 'does not load'),
    row('sharp', sharp === null ? 'does not load' : `${sharp}, libvips ${libvips}`),
    row('system', system),
    row('processor', `${processor}, ${cores} ${cores === 1 ? 'thread' : 'threads'}`),
    row('memory', `${gigabytes(memory)}, ${gigabytes(availableMemory)} available`),
    '',
    'devices',
    ...devices.map(({ device, works, reason }) => row(device, works ? 'works' : `not here: ${reason}`)),
    '',
    'models, and their test pictures',
    ...models.map(({ model, sha256, difference, seconds, ok }) => {
      if (sha256 === null) return row(model, 'cannot be used');
      const checksum = `SHA-256 ${shortHash(sha256)}… as on its card`;
      if (difference === null) return row(model, `${checksum}, not tested`);
      const verdict = ok ? 'as expected' : 'WRONG';
      return row(model, `${checksum}; paints ${verdict}, to within ${inText(difference)}, in ${seconds} s`);
    }),
    '',
    problems === 0 ? 'everything works' : `problems: ${problems}`,
  ].join('\n');
}

function inText({ most, mean }: Difference): string {
  return `${most.toFixed(1)}/255 (mean ${mean.toFixed(2)})`;
}
