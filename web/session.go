package web

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"limnograph"
)

const (
	sessionLife = 7 * 24 * time.Hour
	maxSessions = 1024
)

// sessions are the browsers that showed a token. A cookie holds a random id that is worth nothing elsewhere; the
// memory of the server holds its hash, so that neither a copied memory page nor a restart gives a session away.
type sessions struct {
	mu     sync.Mutex
	byHash map[[sha256.Size]byte]session
	now    func() time.Time
	random io.Reader
}

type session struct {
	principal limnograph.Principal
	expires   time.Time
}

func newSessions(now func() time.Time, random io.Reader) *sessions {
	return &sessions{byHash: make(map[[sha256.Size]byte]session), now: now, random: random}
}

// open starts a session and returns its id.
func (s *sessions) open(p limnograph.Principal) (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeInternal, Op: "open session", Message: "no randomness", Err: err}
	}
	id := base64.RawURLEncoding.EncodeToString(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom()
	s.byHash[sha256.Sum256([]byte(id))] = session{principal: p, expires: s.now().Add(sessionLife)}
	return id, nil
}

// makeRoom drops expired sessions when the table is full, and then the one that expires first.
func (s *sessions) makeRoom() {
	if len(s.byHash) < maxSessions {
		return
	}
	var first [sha256.Size]byte
	var at time.Time
	for hash, old := range s.byHash {
		if !old.expires.After(s.now()) {
			delete(s.byHash, hash)
		} else if at.IsZero() || old.expires.Before(at) {
			first, at = hash, old.expires
		}
	}
	if len(s.byHash) >= maxSessions {
		delete(s.byHash, first)
	}
}

func (s *sessions) find(id string) (limnograph.Principal, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byHash[sha256.Sum256([]byte(id))]
	if !ok || !found.expires.After(s.now()) {
		return limnograph.Principal{}, false
	}
	return found.principal, true
}

func (s *sessions) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byHash, sha256.Sum256([]byte(id)))
}

// cookieName holds the port: browsers share cookies between the ports of a host, and two servers on one machine must
// not end each other's sessions.
func cookieName(r *http.Request) string {
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "" {
		return "limno_session_" + port
	}
	return "limno_session"
}

// setCookie keeps id in the browser; an empty id removes it.
func setCookie(w http.ResponseWriter, r *http.Request, id string) {
	c := sessionCookie(r, id)
	http.SetCookie(w, &c)
}

func sessionCookie(r *http.Request, id string) http.Cookie {
	c := http.Cookie{ //nolint:gosec // Secure follows the connection: over plain HTTP on loopback it would end the session
		Name: cookieName(r), Value: id, Path: "/", HttpOnly: true, Secure: r.TLS != nil,
		SameSite: http.SameSiteStrictMode, MaxAge: int(sessionLife / time.Second),
	}
	if id == "" {
		c.MaxAge = -1
	}
	return c
}
