package collector

import (
	"context"
	"encoding/json"
	"fmt"

	"limnograph"
	"limnograph/metricstream"
)

// streamLine is a datapoint as a metric stream writes it.
type streamLine struct {
	StreamName string             `json:"metric_stream_name"`
	AccountID  string             `json:"account_id"`
	Region     string             `json:"region"`
	Namespace  string             `json:"namespace"`
	MetricName string             `json:"metric_name"`
	Dimensions map[string]string  `json:"dimensions"`
	Timestamp  int64              `json:"timestamp"`
	Value      map[string]float64 `json:"value"`
	Unit       string             `json:"unit"`
}

// landPoints lands custom metrics as if a stream had brought them.
func (c *Collector) landPoints(ctx context.Context, points []limnograph.Datapoint) error {
	p := part{limnograph.Part{Table: metricsTable}}
	decoder := metricstream.NewDecoder()
	for i := range points {
		line, err := c.encode(decoder, &points[i])
		if err != nil {
			return err
		}
		p.add(line, points[i].Time())
	}
	if err := c.landParts(ctx, p); err != nil {
		return err
	}
	c.metrics.landed.WithLabelValues(metricsTable).Add(float64(p.Count))
	return nil
}

// encode writes a datapoint as a canonical line, by way of the one who knows what that is.
func (c *Collector) encode(decoder *metricstream.Decoder, dp *limnograph.Datapoint) (line []byte, err error) {
	l := streamLine{
		StreamName: c.cfg.Sender, AccountID: dp.AccountID, Region: dp.Region, Namespace: dp.Namespace, MetricName: dp.MetricName,
		Dimensions: make(map[string]string), Timestamp: dp.Timestamp, Unit: dp.Unit,
		Value: map[string]float64{"max": dp.Statistics.Max, "min": dp.Statistics.Min, "sum": dp.Statistics.Sum, "count": dp.Statistics.SampleCount},
	}
	for _, d := range dp.Dimensions {
		l.Dimensions[d.Name] = d.Value
	}
	text, err := json.Marshal(l)
	if err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "land custom metric", Err: err}
	}
	decoder.Decode(text,
		func(_ *limnograph.Datapoint, canonical []byte) { line = append(line, canonical...) },
		func(r limnograph.Reject) {
			err = invalid("land custom metric", fmt.Sprintf("%s: %s", r.Reason, r.Detail), "")
		})
	return line, err
}
