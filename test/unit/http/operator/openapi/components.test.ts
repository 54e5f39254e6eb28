import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Components } from '../../../../../src/http/operator/openapi/components.ts';

const coin = z.strictObject({ amountMsat: z.int().min(0) }).meta({ id: 'Coin' });

describe('the components of the document', () => {
  it('tell once what has a name, and refer to it', () => {
    const components = new Components();

    const purse = components.schemaOf(z.strictObject({ coins: z.array(coin) }), 'given');

    expect(purse).toEqual({
      type: 'object',
      properties: { coins: { type: 'array', items: { $ref: '#/components/schemas/Coin' } } },
      required: ['coins'],
    });
    expect(components.toJson()).toEqual({
      schemas: {
        Coin: {
          type: 'object',
          properties: { amountMsat: { type: 'integer', minimum: 0, format: 'int64' } },
          required: ['amountMsat'],
        },
      },
      responses: {},
    });
  });

  it('close what callers send, and leave open what they are given', () => {
    const components = new Components();
    const shape = z.strictObject({ name: z.string().optional() });

    const taken = components.schemaOf(shape, 'taken');
    const given = components.schemaOf(shape, 'given');

    const open = { type: 'object', properties: { name: { type: 'string' } } };
    expect([taken, given]).toEqual([{ ...open, additionalProperties: false }, open]);
  });

  it('keep what the values of a record are', () => {
    const counts = new Components().schemaOf(z.record(z.string(), z.boolean()), 'given');

    expect(counts).toMatchObject({ additionalProperties: { type: 'boolean' } });
  });

  it('say of a member that may not be given that nothing fits it', () => {
    const fixed = z.strictObject({ name: z.undefined('cannot be changed').optional() });

    const schema = new Components().schemaOf(fixed, 'taken');

    expect(schema).toMatchObject({ properties: { name: { not: {} } } });
  });

  it.each([
    ['bigint', z.bigint()],
    ['date', z.date()],
    ['custom', z.custom(() => true)],
  ])('refuse a %s, for which JSON Schema has no word', (kind, schema) => {
    const components = new Components();

    expect(() => components.schemaOf(z.object({ schema }), 'given')).toThrow(
      `JSON Schema has no word for ${kind}`,
    );
  });

  it('tell a refusal once for all who share its codes', () => {
    const components = new Components();

    const first = components.refusal(['node-unavailable', 'store-unavailable']);
    const second = components.refusal(['node-unavailable', 'store-unavailable']);

    const name = 'node-unavailable-or-store-unavailable';
    expect([first, second]).toEqual(Array(2).fill({ $ref: `#/components/responses/${name}` }));
    expect(components.toJson()).toMatchObject({
      responses: { [name]: { description: 'Lightning node is unavailable; Store is unavailable' } },
    });
  });
});
