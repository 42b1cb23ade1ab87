package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// hosts tells under which names this server may be asked. A page of another site whose name was made to point here
// (DNS rebinding) still sends its own name, and is refused.
type hosts map[string]bool

func newHosts(configured []string) hosts {
	h := hosts{"localhost": true}
	for _, name := range configured {
		h[hostName(name)] = true
	}
	return h
}

// hostName is the lower-case name of a Host header, without port, brackets and final dot.
func hostName(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// allow accepts configured names, loopback addresses, and the literal address that the connection came in on.
func (h hosts) allow(r *http.Request) bool {
	name := hostName(r.Host)
	if h[name] {
		return true
	}
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	return addr.IsLoopback() || addr.Unmap() == localAddr(r)
}

func localAddr(r *http.Request) netip.Addr {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	ap, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func (s *Server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hosts.allow(r) {
			s.writeError(w, r, refuse(http.StatusMisdirectedRequest,
				"this server does not answer under the name "+quoteHost(r.Host),
				"use a loopback address, or add the name to the allowed hosts of the configuration"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func quoteHost(host string) string {
	if len(host) > 100 {
		host = host[:100] + "..."
	}
	return "'" + strings.ToValidUTF8(host, "?") + "'"
}
