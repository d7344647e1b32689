//go:build unix

package cli_test

import (
	"flag"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"example.com/gen/templates"
)

var pictures = flag.String("pictures", "", "draw the pictures of the README into this directory")

// TestPictures draws real runs, as a person sees them. It needs the directory
// /tmp/ada, so that no picture shows whose machine drew it.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("only with -pictures")
	}
	const home = "/tmp/ada"
	if err := os.Mkdir(home, 0o777); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	os.WriteFile(filepath.Join(home, "git"), []byte("[user]\n\tname = Ada Lovelace\n"), 0o666)
	os.MkdirAll(filepath.Join(home, "mytemplate", "files"), 0o777)
	os.WriteFile(filepath.Join(home, "mytemplate", "template.yaml"), []byte(wrongManifest), 0o666)
	for _, p := range []struct {
		name, command string
		keys          []string // each typed once the screen is still
		cols          int
	}{
		{"form", "gen new myservice", nil, 80},
		{"review", "gen new myservice", []string{"\r", "\r", "\r", "\r", "\r"}, 80},
		{"made", "gen new myservice", []string{"\r", "\r", "\r", "\r", "\r", "\r"}, 80},
		{"mistake", "gen new myservice -t ./mytemplate", nil, 80},
		{"update", "gen update myservice", nil, 92},
	} {
		os.RemoveAll(filepath.Join(home, "myservice"))
		if p.name == "update" {
			grownOld(t, home)
		}
		screen := picture(t, home, p.command, p.keys, p.cols)
		if err := os.WriteFile(filepath.Join(*pictures, p.name+".svg"), []byte(svg(screen)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// grownOld makes a project in home that its owner worked on, and of which a
// better template has come since.
func grownOld(t *testing.T, home string) {
	t.Helper()
	replace := func(file string, pairs ...string) {
		at := filepath.Join(home, file)
		text, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(home, templates.FS); err != nil {
		t.Fatal(err)
	}
	if out, code := shell(t, home, "gen new myservice -t ./python-service --no-git --no-input"); code != 0 {
		t.Fatal(out)
	}
	replace("myservice/config.yaml", "port: 8000", "port: 9000")
	replace("myservice/Makefile", "list the verbs", "say what can be done")
	replace("myservice/src/myservice/logs.py", "_MAX_FRAMES = 12", "_MAX_FRAMES = 30")
	os.Remove(filepath.Join(home, "myservice", "CONTRIBUTING.md"))
	replace("python-service/template.yaml", "version: 0.1.0", "version: 0.2.0")
	replace("python-service/files/Makefile.tmpl", "list the verbs", "list the verbs of this project")
	replace("python-service/files/config.yaml.tmpl", "drain_s: 0", "drain_s: 1")
	replace("python-service/files/CONTRIBUTING.md.tmpl", "a decision", "a rare decision")
	replace("python-service/files/SECURITY.md.tmpl", "mended.", "mended, within a week.")
}

const wrongManifest = `format: 1
name: mytemplate
version: 1.0.0
questions:
  - name: database
    type: choice
    choices: [{value: none}, {value: postgres}]
    default: postgrs
  - name: pool
    type: int
    default: 4
    when: databse == "postgres"
`

// picture runs command in dir on a terminal and returns its screen.
func picture(t *testing.T, dir, command string, keys []string, cols int) *vt.Emulator {
	t.Helper()
	words := strings.Fields(command)
	cmd := wire(dir, words[1:]...)
	cmd.Env = append(cmd.Env, "ACCESSIBLE=", "NO_COLOR=", "TERM=xterm-256color", "COLORTERM=", "GIT_CONFIG_GLOBAL="+filepath.Join(dir, "git"))
	screen := vt.NewEmulator(cols, 24)
	screen.WriteString("\x1b[1m$ " + command + "\x1b[0m\r\n")
	typeWhenStill(t, cmd.Cmd, screen, 700*time.Millisecond, keys)
	return screen
}

// typeWhenStill runs cmd on the terminal screen and types the next keys
// whenever nothing was drawn for the time still, until all is typed.
func typeWhenStill(t *testing.T, cmd *exec.Cmd, screen *vt.Emulator, still time.Duration, keys []string) {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	pty.Setsize(control, &pty.Winsize{Cols: uint16(screen.Width()), Rows: uint16(screen.Height())})
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	go io.Copy(control, screen)
	drawn := make(chan []byte)
	go func() {
		defer close(drawn)
		for {
			b := make([]byte, 4096)
			n, err := master{control}.Read(b)
			if err != nil {
				return
			}
			drawn <- b[:n]
		}
	}()
	for {
		select {
		case b, open := <-drawn:
			if !open {
				return
			}
			screen.Write(b)
		case <-time.After(still):
			if len(keys) == 0 {
				return
			}
			io.WriteString(control, keys[0])
			keys = keys[1:]
		}
	}
}

// The size of a cell, and the colours, of a picture.
const (
	cellWidth, cellHeight = 8.4, 18.0
	paper, ink, faint     = "#1b1f27", "#d8dee9", "#7f8899"
)

// svg draws the screen down to its last line that is not empty.
func svg(screen *vt.Emulator) string {
	lines := strings.Split(strings.TrimRight(screen.String(), " \n"), "\n")
	b := &strings.Builder{}
	width, height := float64(screen.Width())*cellWidth+24, float64(len(lines))*cellHeight+24
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`+"\n", width, height)
	fmt.Fprintf(b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", paper)
	for y := range lines {
		for x := 0; x < screen.Width(); {
			style, text := uv.Style{}, ""
			from := x
			for ; x < screen.Width(); x++ {
				c := screen.CellAt(x, y)
				if c == nil {
					c = &uv.EmptyCell
				}
				if text != "" && !c.Style.Equal(&style) {
					break
				}
				style = c.Style
				text += c.Content
			}
			draw(b, float64(from)*cellWidth+12, float64(y)*cellHeight+12, x-from, text, style)
		}
	}
	return b.String() + "</svg>\n"
}

// draw writes a run of cells of one style.
func draw(b *strings.Builder, x, y float64, cells int, text string, s uv.Style) {
	fore, back := hex(s.Fg, ink), hex(s.Bg, "")
	if s.Attrs&uv.AttrReverse != 0 {
		fore, back = paper, fore
	}
	if back != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" fill="%s"/>`+"\n", x, y, float64(cells)*cellWidth, cellHeight, back)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	if s.Attrs&uv.AttrFaint != 0 {
		fore = faint
	}
	weight := ""
	if s.Attrs&uv.AttrBold != 0 {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s" xml:space="preserve" textLength="%.1f"%s>%s</text>`+"\n",
		x, y+13.5, fore, float64(cells)*cellWidth, weight, html.EscapeString(text))
}

// palette are the sixteen colours of a terminal, as the pictures show them.
var palette = strings.Fields("#1b1f27 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #d8dee9 #7f8899 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #ffffff")

func hex(c color.Color, none string) string {
	if c == nil {
		return none
	}
	if basic, ok := c.(ansi.BasicColor); ok {
		return palette[basic]
	}
	r, g, bl, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, bl>>8)
}
