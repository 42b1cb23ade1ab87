package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

//go:embed all:dist
var dist embed.FS

// page serves the embedded files. All are prepared once: hash, type, compressed form.
type page struct {
	files map[string]*pageFile // by URL path
	index *pageFile
}

type pageFile struct {
	contentType string
	etag        string
	plain, gzip []byte // gzip is nil when it saves nothing
}

// openPage prepares the given files, or the embedded ones.
func openPage(fsys fs.FS) (*page, error) {
	if fsys != nil {
		return newPage(fsys)
	}
	embedded, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return newPage(embedded)
}

func newPage(fsys fs.FS) (*page, error) {
	p := &page{files: make(map[string]*pageFile)}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		p.files["/"+name], err = newPageFile(name, content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded page: %w", err)
	}
	if p.index = p.files["/index.html"]; p.index == nil {
		return nil, errors.New("read embedded page: index.html is missing")
	}
	return p, nil
}

func newPageFile(name string, content []byte) (*pageFile, error) {
	f := &pageFile{
		contentType: contentType(name), plain: content,
		etag: `"` + strconv.FormatUint(xxhash.Sum64(content), 16) + `"`,
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(content); err == nil {
		err = w.Close()
	}
	if b.Len() < len(content)*9/10 {
		f.gzip = b.Bytes()
	}
	return f, err
}

// contentType is fixed here: the tables of the operating system differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// find returns the file of a path. Paths without an extension are places inside the page.
func (p *page) find(urlPath string) (*pageFile, bool) {
	if f, ok := p.files[urlPath]; ok {
		return f, true
	}
	return p.index, path.Ext(urlPath) == ""
}

func (f *pageFile) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etag)
	if matches(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.gzip != nil && acceptsGzip(r) {
		body = f.gzip
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client left
	}
}

// matches compares an If-None-Match header weakly with an entity tag.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == etag {
			return true
		}
	}
	return false
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == "gzip" {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// servePage answers everything that is neither API nor observation.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.writeError(w, r, refuse(http.StatusMethodNotAllowed, r.Method+" is not possible here", "the API is below "+apiPrefix))
		return
	}
	f, ok := s.page.find(r.URL.Path)
	if !ok {
		s.writeError(w, r, refuse(http.StatusNotFound, "no such file", "the page is at /"))
		return
	}
	f.serve(w, r)
}
