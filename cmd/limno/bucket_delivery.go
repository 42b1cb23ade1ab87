package main

import (
	"encoding/json"
	"net/http"
	"time"
)

// noDelivery answers below /firehose/ in the protocol's form that deliveries go to the bucket. Firehose then keeps the
// records and backs them up as its stream is set to.
func noDelivery(bucket string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := struct {
			RequestID string `json:"requestId"`
			Timestamp int64  `json:"timestamp"`
			Message   string `json:"errorMessage"`
		}{
			r.Header.Get("X-Amz-Firehose-Request-Id"), time.Now().UnixMilli(),
			"nothing is delivered to this server: it reads what Firehose delivers to " + bucket,
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(answer) // the client left
	})
}
