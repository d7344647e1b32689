//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// disputed makes a project with conflicts: two in app.txt, and logo.
func disputed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		at := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(at), 0o777)
		if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for v, text := range map[string]string{"v1": "one\ntwo\nthree\nfour\n", "v2": "one, theirs \x1b[31m\ntwo\nthree, theirs\nfour\n"} {
		put(v+"/template.yaml", "format: 1\nname: t\nversion: "+v[1:]+".0.0\nquestions:\n  - {name: name, type: string}\n")
		put(v+"/files/app.txt", text)
		put(v+"/files/logo", v+"\x00")
	}
	if out, code := shell(t, dir, "gen new svc -t ./v1 --no-input --no-git"); code != 0 {
		t.Fatal(out)
	}
	put("svc/app.txt", "one, mine\ntwo\nthree, mine\nmore of mine\nfour\n")
	put("svc/logo", "mine\x00")
	if out, code := shell(t, dir, "gen update svc -t ./v2"); code != 3 {
		t.Fatal(out)
	}
	return filepath.Join(dir, "svc")
}

// A person settles one conflict after the other, and sees all sides of each;
// nothing is written before the last answer.
func TestResolveByLines(t *testing.T) {
	dir := disputed(t)
	s := onTerminal(t, dir, "1\n\n3\n2\n", "resolve")
	if text, _ := os.ReadFile(filepath.Join(dir, "app.txt")); !strings.HasPrefix(string(text), "one, mine\ntwo\n<<<<<<< yours\nthree, mine\n") {
		t.Errorf("exit %d, got\n%s\n%s", s.code, text, s.screen)
	}
	if logo, _ := os.ReadFile(filepath.Join(dir, "logo")); s.code != 3 || s.stdout != "settled 2, 1 left\n" || string(logo) != "v2\x00" {
		t.Errorf("exit %d, %q, %q", s.code, s.stdout, logo)
	}
	screen := strings.ReplaceAll(s.screen, "\r\n", "\n")
	for _, want := range []string{
		"app.txt, conflict 1 of 2, line 1\nyours:    one, mine\nt 1.0.0:  one\nt 2.0.0:  one, theirs \\x1b[31m\n",
		"app.txt, conflict 2 of 2, line 9\nyours:    three, mine\n          more of mine\nt 1.0.0:  three\n",
		"logo: it is no text, and both sides changed it\nyours:         5 B\nthe template:  3 B\n",
		"> leave\n", "1 conflict is left: app.txt:3\n",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%s", want, screen)
		}
	}
	if s := onTerminal(t, dir, "2\n", "resolve", "app.txt"); s.code != 0 || s.stdout != "settled 1, none left\n" {
		t.Errorf("exit %d, %s", s.code, s.screen)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "app.txt")); string(text) != "one, mine\ntwo\nthree, theirs\nfour\n" {
		t.Errorf("got\n%s", text)
	}
	if out, code := shell(t, dir, "gen update --abort && ! grep -r conflict ."); code != 0 {
		t.Errorf("%s", out)
	}

	dir = disputed(t)
	was := files(t, dir)
	for keys, code := range map[string]int{"1\n\x03": 130, "1\n\x04": 1} {
		if s := onTerminal(t, dir, keys, "resolve"); s.code != code || files(t, dir) != was || s.stdout != "" {
			t.Errorf("%q: exit %d, %q, %s", keys, s.code, s.stdout, s.screen)
		}
	}
}

// The form asks the same.
func TestResolveByForm(t *testing.T) {
	dir := disputed(t)
	cmd := asForm(wire(dir, "resolve"))
	screen, _ := onceShown(t, cmd, "ctrl+c quit", "\r\x1b[B\r\x1b[B\r")
	text, _ := os.ReadFile(filepath.Join(dir, "app.txt"))
	logo, _ := os.ReadFile(filepath.Join(dir, "logo"))
	if string(text) != "one, mine\ntwo\nthree, theirs\nfour\n" || string(logo) != "v2\x00" {
		t.Errorf("exit %d, got\n%s%q\n%s", cmd.ProcessState.ExitCode(), text, logo, screen)
	}
	for _, want := range []string{"> yours", "> template", "conflict 2 of 2"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%q", want, screen)
		}
	}
	dir = disputed(t)
	was := files(t, dir)
	cmd = asForm(wire(dir, "resolve"))
	onceShown(t, cmd, "ctrl+c quit", "\x03")
	if code := cmd.ProcessState.ExitCode(); code != 130 || files(t, dir) != was {
		t.Errorf("exit %d", code)
	}
}

// What a person typed is not lost where files that are there differ.
func TestInteractiveInPlace(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "svc"), 0o777)
	os.WriteFile(filepath.Join(dir, "svc", "README.md"), []byte("mine\n"), 0o666)
	was := files(t, dir)
	s := onTerminal(t, dir, "It's\n\n\n\n\n\n\n\n\n\n", "new", "svc", "--no-git", "-t", smallTemplate(t))
	_, command, found := strings.Cut(strings.ReplaceAll(s.screen, "\r\n", "\n"), "The same without questions:\n")
	command, _, _ = strings.Cut(command, "\n")
	if s.code != 1 || !found || files(t, dir) != was || !strings.Contains(s.screen, "README.md") {
		t.Fatalf("exit %d\n%s", s.code, s.screen)
	}
	if out, code := shell(t, dir, command+" --conflict theirs"); code != 0 {
		t.Errorf("%s", out)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "svc", "README.md")); !strings.HasPrefix(string(text), "# It's\n") {
		t.Errorf("got %s", text)
	}
}
