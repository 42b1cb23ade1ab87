package web

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"limnograph"
)

const challenge = `Bearer realm="limnograph"`

// identify finds out who asks: by bearer token, or else by session cookie.
func (s *Server) identify(r *http.Request) (p limnograph.Principal, byCookie, ok bool) {
	if auth := r.Header.Get("Authorization"); auth != "" {
		token, isBearer := bearer(auth)
		if !isBearer {
			return limnograph.Principal{}, false, false
		}
		p, ok = s.cfg.Authenticate(token)
		return p, false, ok
	}
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return limnograph.Principal{}, false, false
	}
	p, ok = s.sessions.find(c.Value)
	return p, true, ok
}

func bearer(header string) (token string, ok bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// authenticate returns who asks, or the refusal. A request that changes something and is known by its cookie alone
// must prove that a page of this server sent it.
func (s *Server) authenticate(r *http.Request) (limnograph.Principal, error) {
	p, byCookie, ok := s.identify(r)
	if !ok {
		return p, refuse(http.StatusUnauthorized, "no valid token or session", "send the admin token as 'Authorization: Bearer ...', or open the URL with the token that the server printed")
	}
	if byCookie && changes(r.Method) && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return p, refuse(http.StatusForbidden, "a session cookie alone is not enough to change something", "send the token as 'Authorization: Bearer ...'")
	}
	return p, nil
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// checkOrigin refuses changing requests that a page of another site sent.
func (s *Server) checkOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := protection.Check(r); err != nil {
			s.writeError(w, r, refuse(http.StatusForbidden, "a page of another site may not do this", "use the page of this server"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

type principalKey struct{}

func principalOf(ctx context.Context) limnograph.Principal {
	p, _ := ctx.Value(principalKey{}).(limnograph.Principal)
	return p
}

// requirePrincipal is the API's middleware for operations that declare a security scheme; those tagged adminOnly need
// an administrator.
func (s *Server) requirePrincipal(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	if len(op.Security) == 0 {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	p, err := s.authenticate(r)
	if err == nil {
		err = permit(op, p)
	}
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	next(huma.WithValue(ctx, principalKey{}, p))
}

// The marks of operations that not everybody may use.
const (
	adminOnly     = "adminOnly"
	collectorsToo = "collectorsToo" // by the admin and by those who may only have runs collected
)

// permit returns the refusal when p may not use the operation.
func permit(op *huma.Operation, p limnograph.Principal) error {
	switch {
	case op.Metadata[collectorsToo] == true && !p.Admin && !p.Collects:
		return refuse(http.StatusForbidden, "this needs the admin token or the collector's", "")
	case op.Metadata[collectorsToo] == true:
		return nil
	case p.OnlyCollects():
		return errOnlyCollects()
	case op.Metadata[adminOnly] == true && !p.Admin:
		return refuse(http.StatusForbidden, "this needs the admin token", "")
	}
	return nil
}

func errOnlyCollects() error {
	return refuse(http.StatusForbidden, "the collector's token may only have runs collected", "use the admin token")
}

// takeToken exchanges ?token= of a page's URL for a session cookie and sends the browser to the same URL without it,
// so that the token stays neither in the history nor in a referrer.
func (s *Server) takeToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.Method != http.MethodGet || !query.Has("token") {
			next.ServeHTTP(w, r)
			return
		}
		if p, ok := s.cfg.Authenticate(query.Get("token")); ok && !p.OnlyCollects() {
			id, err := s.sessions.open(p)
			if err != nil {
				s.writeError(w, r, err)
				return
			}
			setCookie(w, r, id)
		}
		query.Del("token")
		target := url.URL{Path: path.Clean("/" + r.URL.Path), RawQuery: query.Encode()}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target.String(), http.StatusSeeOther)
	})
}
