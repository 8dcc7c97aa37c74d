/** Bodies of requests: pictures, forms, and forms that break off, are too long or have other parts. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { type ClientRequest, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { discard, formFields, receive } from './upload.ts';

let folder = '';
let server: Server;
let url = '';
/** What the last body was received as: texts by their fields. */
let received: Promise<Record<string, string>> | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

beforeAll(async () => {
  server = createServer((incoming, response) => {
    const fields = incoming.url === '/styles' ? formFields.style : formFields.paint;
    received = receive(incoming, fields, { folder, limitBytes: 1000 }).then(async (uploads) => {
      const texts: Record<string, string> = {};
      for (const [field, { path }] of uploads) texts[field] = await readFile(path, 'utf8');
      await discard(uploads);
      return texts;
    });
    received.catch(() => {}).finally(() => response.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const FORM = 'multipart/form-data; boundary=b';
const part = (name: string, text: string, file = '; filename="a.jpg"') =>
  `--b\r\nContent-Disposition: form-data${name}${file}\r\n\r\n${text}`;
const file = (field: string, text: string) => part(`; name="${field}"`, text);
const whole = (...parts: string[]) => `${parts.join('\r\n')}\r\n--b--\r\n`;

/** Begins a request without a Content-Length. Its end may come by the server, which hangs up. */
function begin(path: string, type: string): ClientRequest {
  received = undefined;
  const sent = request(`${url}${path}`, { method: 'POST', headers: { 'Content-Type': type } });
  return sent.on('error', () => {}).on('response', (response) => response.resume());
}

/** What became of a whole body, in chunks. Nothing is left of it. */
async function outcome(chunks: readonly string[], { path = '/', type = FORM } = {}): Promise<unknown> {
  const sent = begin(path, type);
  for (const [i, chunk] of chunks.entries()) {
    if (i > 0) await new Promise((resume) => setTimeout(resume, 10));
    sent.write(chunk);
  }
  sent.end();
  await vi.waitFor(() => expect(received).toBeDefined());
  const result = await received?.catch(({ reason, message }: Error & { reason?: string }) => {
    return `${reason}: ${message}`;
  });
  expect(await readdir(folder)).toEqual([]);
  return result;
}

describe('a body', () => {
  it('is a picture, or a form with the files that are wanted', async () => {
    expect(await outcome(['ab', 'c'], { type: 'image/jpeg' })).toEqual({ content: 'abc' });
    expect(await outcome(['abc'], { path: '/styles', type: 'image/jpeg' })).toEqual({ style: 'abc' });
    expect(await outcome([whole(file('content', 'ab'))])).toEqual({ content: 'ab' });
    const both = { content: 'ab', style: 'cd' };
    expect(await outcome([whole(file('style', 'cd'), file('content', 'ab'))])).toEqual(both);
    expect(await outcome([whole(file('style', 'cd'))], { path: '/styles' })).toEqual({ style: 'cd' });
  });

  it('is taken also after somebody has tidied up the folder', async () => {
    await rm(folder, { recursive: true });
    expect(await outcome(['abc'], { type: 'image/jpeg' })).toEqual({ content: 'abc' });
  });

  it.each([
    ['/', whole(file('style', 'cd')), 'expected a file for content but received none'],
    ['/', whole(file('photo', 'ab')), 'files content and style for the form but received photo'],
    ['/', whole(part('', 'ab')), 'for the form but received a part without a name'],
    ['/', whole(part('; name="strength"', '1', '')), 'for the form but received strength; options are'],
    ['/', whole(file('content', 'a'), file('content', 'b')), 'but received a second content'],
    ['/', whole(file('content', 'a'), file('style', 'b'), file('style', 'c')), 'but received more'],
    ['/styles', whole(file('content', 'ab')), 'the file style for the form but received content'],
    ['/styles', whole(file('style', 'ab'), file('content', 'ab')), 'but received more'],
  ])('to %s of the form %j is refused', async (path, form, words) => {
    expect(await outcome([form], { path })).toMatch(new RegExp(`^setting: .*${words}`));
  });

  it.each(['', `; boundary=${'b'.repeat(300)}`])('of a form with %j is refused', async (end) => {
    const said = await outcome(['x'], { type: `multipart/form-data${end}` });
    expect(said).toMatch(/^setting: expected a form with a boundary for Content-Type but received multipart/);
  });

  it.each([
    [[whole(file('content', 'x'.repeat(600)), file('style', 'x'.repeat(600)))]],
    [[file('content', 'x'.repeat(600)), 'x'.repeat(600), whole('')]],
    [[whole(file('content', 'x')), 'x'.repeat(600), 'x'.repeat(600)]],
  ])('that is too long is refused, whatever is long in it', async (chunks) => {
    expect(await outcome(chunks)).toBe('bytes: expected at most 1 kB for the body but received more');
  });
});

describe('a form that breaks off', () => {
  it.each([
    ['in a file', file('content', 'xx')],
    ['in a file that is not wanted', file('photo', 'xx')],
    ['in a second file', `${file('content', 'xx')}\r\n${file('style', 'xx')}`],
    ['in a header', '--b\r\nContent-Dis'],
    ['before its first part', 'xx'],
  ])('%s is refused', async (_, form) => {
    const words = /^setting: (expected a whole form|expected only the files)/;
    expect(await outcome([form])).toMatch(words);
  });

  it.each([
    ['in a file', file('content', 'x'), 1],
    ['in a file that is not wanted', file('photo', 'x'), 0],
    ['in a second file', `${file('content', 'x')}\r\n${file('style', 'x')}`, 2],
    ['in a header', '--b\r\nContent-Dis', 0],
  ])('%s, because its client has gone, leaves nothing', async (_, form, files) => {
    const sent = begin('/', FORM);
    sent.write(form);
    await vi.waitFor(async () => {
      expect(received).toBeDefined();
      expect(await readdir(folder)).toHaveLength(files);
    });
    sent.destroy();
    await expect(received).rejects.toMatchObject({ reason: files === 0 ? expect.anything() : 'closed' });
    expect(await readdir(folder)).toEqual([]);
  });
});
