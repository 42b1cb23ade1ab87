// Package runsim proves that job_runs is right in the end: a simulated fleet with its Glue API, whose events get lost, come
// twice and overtake each other, whose calls are throttled, and beside it the collector, landing and the lake as the server
// runs them, on a clock that the tests turn. Afterwards every run is compared with the fleet's ledger, and the calls are
// counted.
//
// It holds tests alone. It is NOT a test of the API's protocol (package peers asks the simulated API with other clients).
package runsim
