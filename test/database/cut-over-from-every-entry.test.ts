import { describeInterruptedCutOver } from './fixtures/interrupted-cut-over.ts';

describeInterruptedCutOver({ by: 'rename', effects: 13 });
