import { z } from 'zod';
import { tagsOfArn } from './clusters.ts';
import type { Operations } from './operations.ts';
import { field, parseFields } from './rds-query.ts';

const AddTags = z.strictObject({ ResourceName: field.text, Tags: field.tags });
const ListTags = z.strictObject({ ResourceName: field.text, Filters: field.filters.optional() });
const RemoveTags = z.strictObject({ ResourceName: field.text, TagKeys: field.texts });

/** The operations on tags of instances. */
export const tagOperations: Operations = {
  AddTagsToResource: (context, fields) => {
    const request = parseFields(AddTags, fields);
    const tags = tagsOfArn(context, request.ResourceName);
    for (const { Key, Value } of request.Tags) tags.set(Key, Value);
    return {};
  },

  ListTagsForResource: (context, fields) => {
    const request = parseFields(ListTags, fields);
    const tags = tagsOfArn(context, request.ResourceName);
    return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  },

  RemoveTagsFromResource: (context, fields) => {
    const request = parseFields(RemoveTags, fields);
    const tags = tagsOfArn(context, request.ResourceName);
    for (const key of request.TagKeys) tags.delete(key);
    return {};
  },
};
