//go:build unix

package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gen/internal/cli"
)

// texts are what the letters in a row of the table stand for.
var texts = map[string]string{
	"x": "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n", "o": "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n",
	"t": "one\ntwo\nthree\nfour\nfive\nsix\nseven\nEIGHT\n", "c": "uno\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n",
	"w": "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\nseven\r\neight\r\n", "n": "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight",
	"b": "a\x00b", "B": "a\x00B", "d": "a\x00d", "e": "",
}

// For every row of the table in docs/updating.md, and each way to settle what
// is a conflict, an update that is undone leaves every byte, mode and name as it
// was; settled in between or not.
func TestUpdateAndUndo(t *testing.T) {
	for i, row := range []struct{ base, theirs, edit string }{
		{"f=x", "f=x", ""},                                   // 1
		{"f=x", "f=t", ""},                                   // 2
		{"f=x", "f=t", "chmod 600 f"},                        // 2, with a mode of its own
		{"f=x", "f=x", "f=o"},                                // 3
		{"f=x", "f=o", "f=o"},                                // 4
		{"f=x", "f=t", "f=o"},                                // 5
		{"f=x", "f=c", "f=o"},                                // 5, a conflict
		{"f=x", "f=x", "rm f"},                               // 6
		{"f=x", "f=t", "rm f"},                               // 7
		{"d/e/f=x", "", ""},                                  // 8
		{"d/e/f=x", "", "d/g=o; chmod 700 d; chmod 711 d/e"}, // 8, in directories of the owner's
		{"f=x", "", "f=o"},                                   // 9
		{"f=x", "", "rm f"},                                  // 10
		{"", "d/e/f=t", ""},                                  // 11
		{"", "d/e/f=t", "mkdir d; chmod 750 d"},              // 11
		{"", "g=x", "f=o"},                                   // 12
		{"", "f=t", "f=t"},                                   // 13
		{"", "f=t", "f=o"},                                   // 14
		{"", "f=d", "f=b"},                                   // 14, no text
		{"p=x", "q=t,was:p", ""},                             // 15
		{"p=x", "q=t,was:p", "p=o"},                          // 15
		{"p=x", "q=c,was:p", "p=o"},                          // 15, a conflict
		{"p=x", "q=t", "p=o"},                                // 15, guessed
		{"p=x", "q=t,was:p", "rm p"},                         // 15, deleted
		{"p=b", "q=d,was:p", "p=B"},                          // 15 and 31
		{"p=x", "p=t", "mv p r"},                             // 16
		{"p=x", "p=t", "mkdir d; mv p d/r; d/r=o"},           // 16
		{"p=x", "p=c", "mv p r; r=o"},                        // 16, a conflict
		{"p=x", "q=t,was:p", "mv p r"},                       // 17
		{"p=x", "q=t,was:p", "mv p q"},                       // 18
		{"p=x", "q=t,was:p", "q=o"},                          // 19
		{"d/a=x", "e/a=x,was:d/a", "d/new=o"},                // 20
		{"p=x", "q=b", "p=o"},                                // 21
		{"f=x", "f=x,exec", "f=o"},                           // 22
		{"f=x", "f=t", "chmod 755 f"},                        // 23
		{"f=x", "", "chmod 755 f"},                           // 24
		{"f=x,exec", "f=x", "chmod 700 f"},                   // 24
		{"f=x", "f=g,link", "f=o"},                           // 25
		{"f=x", "f=g,link", ""},                              // 25
		{"f=a,link", "f=c,link", "rm f; ln -s b f"},          // 26
		{"f=a,link", "f=c,link", ""},                         // 26
		{"f=a,link", "", ""},                                 // 26
		{"f=a,link", "f=x", ""},                              // 26
		{"f=x", "f/a=x f/b/c=t", ""},                         // 27
		{"f/a=x f/b/c=x", "f=x", "chmod 700 f"},              // 27b
		{"f/a=x f/b/c=x", "f=x", "f/mine=o"},                 // 27b, a conflict
		{"f=x", "f/a=x f/b=t", "f=o"},                        // 28
		{"", "n=x", "n/mine=o"},                              // 29
		{"", "n/a=x n/b=t", "n=o"},                           // 30
		{"f=b", "f=d", "f=B"},                                // 31
		{"f=b", "f=d", ""},                                   // 31
		{"Foo=x", "foo=t,was:Foo", ""},                       // 32
		{"Foo=x", "foo=t,was:Foo", "Foo=o"},                  // 32
		{"f=x", "f=t", "f=w"},                                // 33
		{"f=x", "f=t", "f=n"},                                // 34
		{"f=x", "f=n", "f=o"},                                // 34
		{"f=x", "f=t", "f=o; .gitignore=i"},                  // 36
		{"f=x", "f=t", "rm f; mkdir f; f/mine=o"},            // 37
		{"f=x", "f=t", "rm f; mkfifo f"},                     // 37
		{"d/f=x", "d/f=t", "mv d e; ln -s e d"},              // 37
		{"f=x,until", "f=t,until", ""},                       // 38
		{"f=x,until", "", ""},                                // 38
		{"f=x,until", "f=t,until", "f=o"},                    // 38b
		{"f=x,until", "f=t,until", "rm f"},                   // 38b
		{"f=x,replace", "f=t,replace", "f=o"},                // 39
		{"f=x,replace", "f=t,replace", ""},                   // 39
	} {
		t.Run(fmt.Sprint(i, " ", row.base, " to ", row.theirs, " ", row.edit), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			template(t, filepath.Join(dir, "v1"), 1, row.base)
			template(t, filepath.Join(dir, "v2"), 2, row.theirs)
			svc := filepath.Join(dir, "svc")
			runs(t, 0, "new", svc, "-t", filepath.Join(dir, "v1"), "--no-git")
			for edit := range strings.SplitSeq(row.edit, "; ") {
				if name, letter, found := strings.Cut(edit, "="); found {
					place(t, filepath.Join(svc, name), texts[letter])
				} else if out, code := shell(t, svc, edit); code != 0 {
					t.Fatal(out)
				}
			}
			before, err := everything(svc)
			if err != nil {
				t.Fatal(err)
			}
			for _, how := range []string{"markers", "ours", "theirs", "--ours", "--theirs"} {
				side, settled := strings.CutPrefix(how, "--")
				args := []string{"update", svc, "-t", filepath.Join(dir, "v2"), "--conflict", how}
				if settled {
					args[5] = "markers"
				}
				code := runs(t, -1, args...)
				if code != 0 && code != 3 {
					t.Fatalf("%s: exit %d", how, code)
				}
				if settled && code == 3 {
					_, code := shell(t, svc, "gen resolve --"+side)
					if code != 0 && (side != "theirs" || code != 3) { // what is no file is not replaced
						t.Errorf("gen resolve --%s: exit %d", side, code)
					}
				}
				runs(t, 0, "update", svc, "--abort")
				if got, err := everything(svc); err != nil || got != before {
					t.Errorf("%s: %v\n%s\nwant\n%s", how, err, got, before)
				}
			}
		})
	}
}

// template writes version v of a template: files such as "f=x g=t,was:f,exec".
func template(t *testing.T, dir string, v int, files string) {
	t.Helper()
	manifest := fmt.Sprintf("format: 1\nname: t\nversion: %d.0.0\nquestions: [{name: name, type: string}]\nfiles:\n  - {path: kept}\n", v)
	place(t, filepath.Join(dir, "files", "kept"), "kept\n")
	for f := range strings.FieldsSeq(files) {
		name, spec, _ := strings.Cut(f, "=")
		parts := strings.Split(spec, ",")
		at := filepath.Join(dir, "files", name)
		rule := ""
		for _, p := range parts[1:] {
			switch key, value, _ := strings.Cut(p, ":"); key {
			case "was":
				rule += ", was: [" + value + "]"
			case "until":
				rule += ", update: until-edited"
			case "replace":
				rule += ", update: replace"
			case "exec":
				rule += ", executable: true"
			case "link":
				os.MkdirAll(filepath.Dir(at), 0o777)
				if err := os.Symlink(parts[0], at); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rule != "" {
			manifest += "  - {path: " + name + rule + "}\n"
		}
		if !strings.Contains(spec, ",link") {
			place(t, at, texts[parts[0]])
		}
	}
	place(t, filepath.Join(dir, "template.yaml"), manifest)
}

func place(t *testing.T, at, text string) {
	t.Helper()
	os.MkdirAll(filepath.Dir(at), 0o777)
	if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// runs runs gen in this process and returns its exit code, which must be want
// if that is not negative.
func runs(t *testing.T, want int, args ...string) int {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code := cli.Main(context.Background(), cli.Env{
		Args: append(args, "--json"), In: out, Out: out, Err: out, Version: "0.1.0",
		Getenv: func(name string) string { return map[string]string{"GEN_FSYNC": "off"}[name] },
	})
	if want >= 0 && code != want {
		text, _ := os.ReadFile(out.Name())
		t.Errorf("gen %v: exit %d: %s", args, code, text)
	}
	return code
}
