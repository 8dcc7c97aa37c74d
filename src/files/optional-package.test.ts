import { expect, it } from 'vitest';
import { optionalPackage } from './optional-package.ts';

it('names the command that installs what is missing', async () => {
  const missing = () => Promise.reject(new Error("Cannot find package 'bullmq'\nImported from x"));
  await expect(
    optionalPackage(missing, {
      ...{ expected: 'the packages for queues', name: 'this batch' },
      remedy: 'npm install bullmq pg',
    }),
  ).rejects.toThrow(
    "expected the packages for queues for this batch but received Cannot find package 'bullmq'; npm install bullmq pg",
  );
});
