package glueapi

import (
	"maps"
	"regexp"
	"unicode/utf8"

	"limnograph"
)

func checkTags(c *checks, tags map[string]string) {
	c.that(len(tags) <= 50, "tags", "Member must have length less than or equal to 50")
	for k, v := range tags {
		c.that(k != "" && utf8.RuneCountInString(k) <= 128, "tags", "Map keys must have length from 1 to 128")
		c.that(utf8.RuneCountInString(v) <= 256, "tags", "Map values must have length less than or equal to 256")
	}
}

// tagged is a request about the tags of a resource.
type tagged struct {
	ResourceArn string //nolint:revive // as the API spells it
}

func (in *tagged) check(c *checks) {
	c.that(regexp.MustCompile(`^arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*`).MatchString(in.ResourceArn), "resourceArn",
		"Member must satisfy regular expression pattern")
}

// key names the job: arn:aws:glue:<region>:<account>:job/<name>.
func (in *tagged) key(who *caller) (limnograph.JobKey, error) {
	m := regexp.MustCompile(`^arn:[^:]+:glue:([^:]*):([^:]*):job/(.+)$`).FindStringSubmatch(in.ResourceArn)
	if m == nil || m[1] != who.region || m[2] != who.account {
		return limnograph.JobKey{}, invalid("Invalid resource ARN: %s", in.ResourceArn)
	}
	return who.job(m[3]), nil
}

// tag finds the job of a request about tags, as one that may be changed. The lock is held.
func (s *Server) tag(who *caller, in *tagged) (*ownJob, error) {
	key, err := in.key(who)
	if err != nil {
		return nil, err
	}
	k, there := s.find(key)
	if !there {
		return nil, notFound("Job %s not found.", key.JobName)
	}
	return &ownJob{known: known{job: k.job, tags: maps.Clone(k.tags), ofFleet: k.ofFleet}}, nil
}

type getTagsIn struct{ tagged }

type getTagsOut struct{ Tags map[string]string }

func (s *Server) getTags(who *caller, in *getTagsIn) (getTagsOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, err := s.tag(who, &in.tagged)
	if err != nil {
		return getTagsOut{}, err
	}
	if own.tags == nil {
		own.tags = map[string]string{}
	}
	return getTagsOut{own.tags}, nil
}

type tagResourceIn struct {
	tagged
	TagsToAdd map[string]string
}

func (in *tagResourceIn) check(c *checks) {
	in.tagged.check(c)
	c.that(in.TagsToAdd != nil, "tagsToAdd", "Member must not be null")
	checkTags(c, in.TagsToAdd)
}

func (s *Server) tagResource(who *caller, in *tagResourceIn) (struct{}, error) {
	return s.retag(who, &in.tagged, func(tags map[string]string) { maps.Copy(tags, in.TagsToAdd) })
}

type untagResourceIn struct {
	tagged
	TagsToRemove []string
}

func (in *untagResourceIn) check(c *checks) {
	in.tagged.check(c)
	c.that(in.TagsToRemove != nil, "tagsToRemove", "Member must not be null")
}

func (s *Server) untagResource(who *caller, in *untagResourceIn) (struct{}, error) {
	return s.retag(who, &in.tagged, func(tags map[string]string) {
		for _, k := range in.TagsToRemove {
			delete(tags, k)
		}
	})
}

func (s *Server) retag(who *caller, in *tagged, change func(map[string]string)) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, err := s.tag(who, in)
	if err != nil {
		return struct{}{}, err
	}
	if own.tags == nil {
		own.tags = map[string]string{}
	}
	change(own.tags)
	if len(own.tags) > 50 {
		return struct{}{}, invalid("a resource has 50 tags at most")
	}
	s.changed[who.job(own.Name)] = own
	return struct{}{}, nil
}
