import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../infra/local/cloudwatch/embedded-metrics.ts';

describe('a log line', () => {
  it('gives the metrics that Powertools writes', () => {
    const metrics = new Metrics({ namespace: 'Testudo', serviceName: 'recovery', singleMetric: false });
    metrics.addDimension('platform', 'main');
    metrics.addMetric('RowsLost', 'Count', 3);
    metrics.addMetric('RowsLost', 'Count', 4);
    const data = embeddedMetrics(JSON.stringify(metrics.serializeMetrics()));
    expect(data.map(({ metric }) => metric)).toEqual(
      [1, 2].map(() => ({
        namespace: 'Testudo',
        name: 'RowsLost',
        dimensions: { service: 'recovery', platform: 'main' },
      })),
    );
    expect(data.map(({ sample }) => sample.sum)).toEqual([3, 4]);
  });

  it('gives a metric for each set of dimensions', () => {
    const line = {
      _aws: {
        Timestamp: 1000,
        CloudWatchMetrics: [
          { Namespace: 'N', Dimensions: [['a'], ['a', 'b'], []], Metrics: [{ Name: 'M', Unit: 'Count' }] },
        ],
      },
      a: '1',
      b: '2',
      M: 5,
    };
    expect(embeddedMetrics(JSON.stringify(line)).map(({ metric }) => metric.dimensions)).toEqual([
      { a: '1' },
      { a: '1', b: '2' },
      {},
    ]);
  });

  it.each(['plain text', '{"message":"no metrics"}', '{"_aws":', '{"_aws":{}}'])('gives none: %s', (line) => {
    expect(embeddedMetrics(line)).toEqual([]);
  });
});
