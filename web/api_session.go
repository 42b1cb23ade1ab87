package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// sessionBody is the body of POST /api/v1/session.
type sessionBody struct {
	Token string `json:"token" minLength:"1" maxLength:"4096" doc:"the admin token"`
}

// requestOf keeps the request of an operation, for what the framework has no word for.
type requestOf struct{ request *http.Request }

// Resolve is called by the framework before the handler.
func (q *requestOf) Resolve(ctx huma.Context) []error {
	q.request, _ = humago.Unwrap(ctx)
	return nil
}

type openSessionInput struct {
	requestOf
	Body sessionBody
}

type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) registerSession() {
	op := s.operation(http.MethodPost, "/session", "openSession", "Exchange the token for a session cookie")
	op.Security, op.DefaultStatus = nil, http.StatusNoContent
	handle(s, op, func(_ context.Context, in *openSessionInput) (*sessionOutput, error) {
		p, ok := s.cfg.Authenticate(in.Body.Token)
		if !ok {
			return nil, refuse(http.StatusUnauthorized, "this token is not valid", "it stands in the file admin-token of the data directory, and in the URL that the server printed")
		}
		if p.OnlyCollects() {
			return nil, errOnlyCollects()
		}
		id, err := s.sessions.open(p)
		if err != nil {
			return nil, err
		}
		return &sessionOutput{SetCookie: sessionCookie(in.request, id)}, nil
	})
	op = s.operation(http.MethodDelete, "/session", "closeSession", "End the session of the cookie")
	op.Security, op.DefaultStatus = nil, http.StatusNoContent
	type closeInput struct{ requestOf }
	handle(s, op, func(_ context.Context, in *closeInput) (*sessionOutput, error) {
		if c, err := in.request.Cookie(cookieName(in.request)); err == nil {
			s.sessions.close(c.Value)
		}
		return &sessionOutput{SetCookie: sessionCookie(in.request, "")}, nil
	})
}
