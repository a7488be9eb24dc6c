import { z } from 'zod';
import type { Operations } from './operations.ts';
import { field, parseFields } from './rds-query.ts';

const AddTags = z.strictObject({ ResourceName: field.text, Tags: field.tags });
const ListTags = z.strictObject({ ResourceName: field.text, Filters: field.filters.optional() });
const RemoveTags = z.strictObject({ ResourceName: field.text, TagKeys: field.texts });

/** The operations on tags of instances. */
export const tagOperations: Operations = {
  AddTagsToResource: (context, fields) => {
    const request = parseFields(AddTags, fields);
    const instance = context.instances.getByArn(request.ResourceName);
    for (const { Key, Value } of request.Tags) instance.tags.set(Key, Value);
    return {};
  },

  ListTagsForResource: (context, fields) => {
    const request = parseFields(ListTags, fields);
    const { tags } = context.instances.getByArn(request.ResourceName);
    return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  },

  RemoveTagsFromResource: (context, fields) => {
    const request = parseFields(RemoveTags, fields);
    const { tags } = context.instances.getByArn(request.ResourceName);
    for (const key of request.TagKeys) tags.delete(key);
    return {};
  },
};
