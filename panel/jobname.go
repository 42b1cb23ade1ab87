package panel

import "strings"

// The layers that a job of a dataset may write.
const (
	LayerStaged  = "staged"
	LayerCurated = "curated"
	LayerQuality = "quality" // a data-quality job
)

// DatasetOf tells from a job's name which dataset it belongs to and which layer it writes. Both are empty when the
// name follows no known pattern.
func DatasetOf(jobName string) (dataset, layer string) {
	for _, p := range [...]struct{ suffix, layer string }{
		{"-raw-to-staged", LayerStaged},
		{"-staged-to-curated", LayerCurated},
		{"-dq", LayerQuality},
	} {
		if name, ok := strings.CutSuffix(jobName, p.suffix); ok && name != "" {
			return name, p.layer
		}
	}
	return "", ""
}
