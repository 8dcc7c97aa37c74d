/** Batches in S3, by a server of the tests that speaks like it: pictures, plans, paintings, refusals. */

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { collected, expectAll, quick, writeBatchInputs } from '../helpers/batches.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { BUCKET, type S3Server, startS3 } from '../helpers/s3.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const PICTURES = 9;
const batch = `s3://${BUCKET}/jobs/one`;
const one = ['--painters', '1'];
let folder = '';
let server: S3Server;
const read = async (output: string) => server.objects.get(`jobs/one/${output}`) ?? Buffer.alloc(0);
const env = () => ({ ...server.env, TMPDIR: join(folder, 'tmp') });
const own = (...args: string[]) => cli(['batch', ...args], folder, env());

async function plan(output = batch, variables = env()) {
  const styles = ['--style', 'styles', '--model', './random.safetensors', ...quick, '--format', 'png'];
  const args = [
    'batch',
    'plan',
    '--content',
    `s3://${BUCKET}/photos`,
    ...styles,
    '--chunk',
    '4',
    '-o',
    output,
  ];
  return cli(args, folder, variables);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeBatchInputs(folder, PICTURES);
  await mkdir(join(folder, 'tmp'));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  server = await startS3();
  for (const name of await readdir(join(folder, 'photos'))) {
    server.objects.set(`photos/${name}`, await readFile(join(folder, 'photos', name)));
  }
  server.objects.set('photos/read me & more.txt', Buffer.from('no picture'));
  server.objects.set('photos-of-others/x.png', Buffer.from('not asked for'));
  return () => server.close();
});

it('paints from and into a bucket, with a model of one’s own, as a folder run does', async () => {
  expect(await plan()).toMatchObject({
    ...{ code: 0, stderr: '', stdout: `${batch}  20 paintings in 3 chunks, of which 0 are done\n` },
  });
  const manifest = server.objects.get('jobs/one/manifest.ndjson');
  await plan();
  expect(server.objects.get('jobs/one/manifest.ndjson')?.equals(manifest ?? Buffer.alloc(0))).toBe(true);
  const killed = startCli(['batch', 'run', batch, ...one], folder, env());
  await vi.waitFor(() => expect([...server.objects.keys()].join()).toContain('one/painted/'), 60_000);
  killed.kill('SIGKILL');
  await killed.ended;
  // A moment's trouble is passed over.
  server.failNext(2);
  expect((await own('run', batch, '--shard', '0/2', ...one)).code).toBe(0);
  expect((await own('status', batch)).stdout).toContain('2 of 3 done');
  expect((await own('run', batch, '--shard', '1/2', ...one)).code).toBe(0);
  const { lines, ended } = await collected(folder, batch, server.env);
  expect(ended.stderr).toContain('18 painted, 2 failed, 0 missing');
  await expectAll(folder, lines, read);
  expect(server.objects.get('jobs/one/quarantine.ndjson')?.toString()).toContain('photo-broken.png');
  // Only the killed one has left something here.
  expect((await readdir(join(folder, 'tmp'))).filter((name) => name.includes('batch'))).toHaveLength(1);
});

it('does not paint its own paintings, when it lies among the pictures', async () => {
  const inside = `s3://${BUCKET}/photos/batch`;
  const first = await plan(inside);
  server.objects.set(
    'photos/batch/painted/x.png',
    server.objects.get('photos/photo-00.png') ?? Buffer.alloc(0),
  );
  expect((await plan(inside)).stdout).toBe(first.stdout);
  expect(first.stdout).toContain('20 paintings');
});

it('says that it does not keep transparency, unless a format is given', async () => {
  const content = ['--content', `s3://${BUCKET}/photos`];
  const usual = ['--style', 'styles', '--model', './random.safetensors', ...quick];
  const planned = await own('plan', ...content, ...usual, '-o', batch);
  expect(planned.stderr).toContain('pictures in S3 are not opened, so that all are painted as JPG');
  expect((await own('plan', ...content, ...usual, '--format', 'jpg', '-o', batch)).stderr).toBe('');
});

it('names pictures that are gone or changed', async () => {
  await plan();
  server.objects.delete('photos/photo-00.png');
  server.objects.set('photos/photo-01.png', server.objects.get('photos/photo-02.png') ?? Buffer.alloc(0));
  await own('run', batch, ...one);
  const { lines } = await collected(folder, batch, server.env);
  const errors = new Set(lines.flatMap(({ error }) => error ?? []));
  expect([...errors].slice(0, 2)).toEqual([
    `expected the picture that was planned for s3://${BUCKET}/photos/photo-00.png but received no such object`,
    `expected the picture that was planned for s3://${BUCKET}/photos/photo-01.png but received another one; plan the batch anew`,
  ]);
});

it('says in one line what S3 refuses', async () => {
  const line = async (output: string, own: Record<string, string>) => {
    const { code, stderr } = await plan(output, { ...env(), ...own });
    expect(code).toBeGreaterThan(0);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    return stderr;
  };
  expect(await line(batch, { AWS_ACCESS_KEY_ID: 'stranger' })).toMatch(
    /received InvalidAccessKeyId.*; look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE/,
  );
  expect(await line('s3://other/jobs', {})).toMatch(
    /^wasserfarbe: expected an answer for s3:\/\/other\/jobs\/.* NoSuchBucket|NotFound/,
  );
  expect(await line('s3:///jobs', {})).toContain(
    'expected s3://bucket/prefix for the store but received s3:///jobs',
  );
  expect(await line(batch, { AWS_REGION: '', HOME: folder })).toMatch(/received Region .*; set AWS_REGION/);
  expect(await line('gs://bucket/jobs', {})).toContain('expected a folder or s3://bucket/prefix');
  expect(await line(batch, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' })).toContain('ECONNREFUSED');
});
