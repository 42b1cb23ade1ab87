package lambdaruntime

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// invocation is one event on its way through the function.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	answer   chan answer
}

// answer is what the function said: a document, or why it failed.
type answer struct {
	document []byte
	failed   bool
}

// api is the Runtime API of one function.
type api struct {
	first   chan time.Time // when the function asked for its first event
	waiting chan *invocation
	running chan *invocation // holds at most one: a function works on one event at a time
	stop    chan struct{}
}

func newAPI() *api {
	return &api{
		first: make(chan time.Time, 1), waiting: make(chan *invocation), running: make(chan *invocation, 1), stop: make(chan struct{}),
	}
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", a.done)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", a.done)
	return mux
}

// next waits for an event.
func (a *api) next(w http.ResponseWriter, r *http.Request) {
	select {
	case a.first <- time.Now():
	default:
	}
	select {
	case in := <-a.waiting:
		a.running <- in
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", in.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:limno")
		w.Header().Set("Content-Type", "application/json")
		w.Write(in.event) //nolint:errcheck // a function that has died shows itself
	case <-r.Context().Done():
	case <-a.stop:
	}
}

// done takes the answer to the event that runs. The function answers each event once.
func (a *api) done(w http.ResponseWriter, r *http.Request) {
	document, err := io.ReadAll(r.Body)
	select {
	case in := <-a.running:
		if err != nil || r.PathValue("id") != in.id || !json.Valid(document) {
			document = []byte(strconv.Quote("the answer is broken: " + string(document)))
		}
		in.answer <- answer{document, r.URL.Path[len(r.URL.Path)-len("/error"):] == "/error"}
		w.WriteHeader(http.StatusAccepted)
	default:
		http.Error(w, "no event runs", http.StatusForbidden)
	}
}
