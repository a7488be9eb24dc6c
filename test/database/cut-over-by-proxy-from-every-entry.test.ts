import { describeInterruptedCutOver } from './fixtures/interrupted-cut-over.ts';

describeInterruptedCutOver({ by: 'proxy', effects: 19 });
