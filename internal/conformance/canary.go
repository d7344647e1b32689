package conformance

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// token is a new random name.
func token() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// A canary is a text that must not be seen again. Its core survives every
// encoding in a form that can be looked for.
type canary struct{ core string }

// partly is how much of a canary nothing else holds by chance.
const partly = 10

func newCanary() canary { return canary{"cnry" + token() + "yrnc"} }

// encodings are the forms in which a canary is sent: an encoding that a service
// undoes, or does, must not hide it.
func (c canary) encodings() map[string]string {
	return map[string]string{
		"plain":   c.core,
		"percent": percent(c.core),
		"base64":  base64.StdEncoding.EncodeToString([]byte(c.core)),
		"escaped": escaped(c.core),
	}
}

func percent(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// escaped is text as JSON may write it.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range text {
		fmt.Fprintf(&b, `\u%04x`, c)
	}
	return b.String()
}

// in returns the form in which data holds the canary, or "".
func (c canary) in(data []byte) string {
	lower := bytes.ToLower(data)
	for form, text := range map[string]string{
		"plain":    c.core,
		"hex":      hex.EncodeToString([]byte(c.core)),
		"percent":  strings.ToLower(percent(c.core)),
		"escaped":  escaped(c.core),
		"reversed": reversed(c.core),
	} {
		if bytes.Contains(lower, []byte(text)) {
			return form
		}
	}
	for shift := range 3 { // base64 of a longer text has three forms of each part
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + c.core))
		part := whole[4*((shift+2)/3) : len(whole)-4]
		if bytes.Contains(data, []byte(part)) || bytes.Contains(data, []byte(url.QueryEscape(part))) {
			return "base64"
		}
	}
	for _, part := range []string{c.core[:partly], c.core[len(c.core)-partly:]} { // what was cut short
		if bytes.Contains(lower, []byte(part)) {
			return "in part"
		}
	}
	return ""
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

// quoted is text as a JSON string.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
