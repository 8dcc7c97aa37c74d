/** The description of the API for programs, OpenAPI 3.1, made of the schemas that it works by. */

import { z } from 'zod';
import { packageManifest } from '../../files/package.ts';
import { imageFormats } from '../../images/formats.ts';
import { type Explained, jobSchema, problemSchema, styleSchema } from './answers.ts';
import { paintParameters, styleParameters } from './parameters.ts';
import { formFields } from './upload.ts';

const json = (schema: string) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});
const binary = { type: 'string', format: 'binary' };
const pictures = Object.fromEntries(imageFormats.map((format) => [`image/${format}`, { schema: binary }]));
const problem = (description: string) => ({ description, content: json('Problem') });

/** What may come in place of a picture: all that a request can be refused with, and Node's own answer. */
const refusals = {
  400: problem('A parameter is unknown or does not fit.'),
  401: problem('The token is missing or another one.'),
  403: problem('The page or the name of the host is of another site.'),
  404: problem('A style or job is not known.'),
  408: { description: 'The request comes too slowly.' },
  413: problem(
    'The body has too many bytes, the picture too many pixels, or painting takes too much memory.',
  ),
  415: problem('The file is no picture of a kind that is read.'),
  422: problem('The picture or style is damaged, or the source cannot be fetched.'),
  429: problem('Too many requests of this client; see Retry-After.'),
  500: problem('The server has a fault; its terminal says which.'),
  502: problem('Painters ended twice on this picture.'),
  503: problem('The queue is full, or the server is ending; see Retry-After.'),
  504: problem('Painting takes too long.'),
  507: problem('The disk of the server is full or broken.'),
} satisfies Record<Exclude<Explained['status'], 409> | 408, object>;

/** What may come in place of anything but the server's health. */
const guarded = { 401: refusals[401], 403: refusals[403] };
const lookedUp = { ...guarded, 404: refusals[404] };

const upload = (what: string, fields: (typeof formFields)[keyof typeof formFields]) => ({
  description: `${what} file; or a form with the ${fields.length > 1 ? 'files' : 'file'} ${fields.join(' and ')}.`,
  required: false,
  content: {
    'image/*': { schema: binary },
    'application/octet-stream': { schema: binary },
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: [fields[0]],
        properties: Object.fromEntries(fields.map((field) => [field, binary])),
      },
    },
  },
});

const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const jobId = inPath('id', 'Chosen by the client: 1–100 letters, digits, - and _.');

/** The document. `isOpen`: no token is wanted. */
export function openApiDocument({ isOpen }: { readonly isOpen: boolean }): object {
  const paintQuery = queryOf(paintParameters);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wasserfarbe',
      version: packageManifest().version,
      description: 'Paints any picture in the style of any other.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    ...(isOpen ? {} : { security: [{ token: [] }] }),
    paths: {
      '/v1/paint': {
        post: {
          operationId: 'paint',
          summary: 'Paint a picture and wait for it',
          parameters: paintQuery,
          requestBody: upload('A picture', formFields.paint),
          responses: { 200: { description: 'The picture.', content: pictures }, ...refusals },
        },
      },
      '/v1/styles': {
        post: {
          operationId: 'addStyle',
          summary: 'Encode a style picture once for many paintings; a .style file is taken too',
          parameters: queryOf(styleParameters),
          requestBody: upload('A picture or style', formFields.style),
          responses: { 200: { description: 'The style.', content: json('Style') }, ...refusals },
        },
      },
      '/v1/styles/{id}': {
        get: {
          operationId: 'getStyle',
          summary: 'Look whether a style is still there',
          parameters: [inPath('id', 'Of POST /v1/styles.')],
          responses: { 200: { description: 'The style.', content: json('Style') }, ...lookedUp },
        },
      },
      '/v1/jobs/{id}': {
        parameters: [jobId],
        put: {
          operationId: 'putJob',
          summary: 'Begin to paint; sent again, it changes nothing',
          parameters: paintQuery,
          requestBody: upload('A picture', formFields.paint),
          responses: {
            200: { description: 'The job is known.', content: json('Job') },
            202: { description: 'The job begins.', content: json('Job') },
            409: problem('The id has another picture or other parameters.'),
            ...refusals,
          },
        },
        get: {
          operationId: 'getJob',
          summary: 'How far a job is',
          responses: { 200: { description: 'The job.', content: json('Job') }, ...lookedUp },
        },
        delete: {
          operationId: 'deleteJob',
          summary: 'End a job and forget it; its result stays',
          responses: { 204: { description: 'It is gone.' }, ...lookedUp },
        },
      },
      '/v1/jobs/{id}/events': {
        get: {
          operationId: 'followJob',
          summary: 'The states of a job as server-sent events, each named by its state, until it ends',
          parameters: [jobId],
          responses: {
            200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
            ...lookedUp,
          },
        },
      },
      '/v1/results/{key}': {
        get: {
          operationId: 'getResult',
          summary: 'A painted picture, which never changes',
          parameters: [inPath('key', 'The end of result of a job, and of Content-Location of a painting.')],
          responses: {
            200: { description: 'The picture.', content: pictures },
            304: { description: 'It is the one of If-None-Match.' },
            ...lookedUp,
          },
        },
      },
      ...plainPaths(),
    },
    components: {
      schemas: { Problem: schemaOf(problemSchema), Style: schemaOf(styleSchema), Job: schemaOf(jobSchema) },
      ...(isOpen ? {} : { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}

function plainPaths() {
  const text = { 'text/plain': { schema: { type: 'string' } } };
  const health = (operationId: string, summary: string, description: string) => ({
    get: {
      ...{ operationId, summary, security: [] },
      responses: { 200: { description, content: text }, 503: { description: 'Not now.', content: text } },
    },
  });
  const plain = (operationId: string, summary: string, content: object) => ({
    get: { operationId, summary, responses: { 200: { description: summary, content }, ...guarded } },
  });
  return {
    '/health/live': health('live', 'Whether the server lives', 'It does.'),
    '/health/ready': health('ready', 'Whether it takes work', 'It does.'),
    '/metrics': plain('metrics', 'Figures for Prometheus', text),
    '/openapi.json': plain('openapi', 'This document', {
      'application/json': { schema: { type: 'object' } },
    }),
  };
}

function queryOf(parameters: z.ZodObject): object[] {
  return Object.entries(schemaOf(parameters).properties ?? {}).map(([name, schema]) => {
    const { description = '', ...rest } = schema as { readonly description?: string };
    return { name, in: 'query', description, schema: rest };
  });
}

function schemaOf(schema: z.ZodType) {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io: 'input' });
  return own;
}
