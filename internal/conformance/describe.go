package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// A Description says how services of one kind are set up, started and
// configured. {name} stands for the service's name, {package} for the name
// with underscores, {dir} for its directory. The names of settings, secrets,
// endpoints, events and codes are the same for all kinds: they are promises.
type Description struct {
	Name         Pattern            `yaml:"name"`
	Setup        []string           `yaml:"setup"`
	Command      []string           `yaml:"command"`
	Prefix       string             `yaml:"prefix"` // of the environment variables; default: the name
	Config       string             `yaml:"config"` // the shipped file
	Secrets      string             `yaml:"secrets"`
	Capabilities map[string]Pattern `yaml:"capabilities"`
	LogFields    []string           `yaml:"log_fields"` // what lines may hold beyond the fields of every service
	Mirror       *Mirror            `yaml:"mirror"`
	Schema       []string           `yaml:"schema"`     // makes the tables of the database
	Answerable   string             `yaml:"answerable"` // a question that is answered without a model, too
	Ignored      string             `yaml:"ignored"`    // the file that names what is not committed
	Verbs        []string           `yaml:"verbs"`      // of make, beyond those of every service
	Registered   bool               `yaml:"registered"` // its HTTP library refuses methods that nobody registered
	Source       string             `yaml:"source"`     // the directory of the code, for seeded mistakes
	Tests        *Tests             `yaml:"tests"`
}

// capabilities are what a service can be made without.
var capabilities = []string{"llm", "database"}

// A Pattern is looked for in a file; its group is what was found.
type Pattern struct {
	File    string `yaml:"file"`
	Pattern string `yaml:"pattern"`
}

// Tests are the project's own: the command that runs them until one fails, and
// the pattern of what tells which.
type Tests struct {
	Command []string `yaml:"command"`
	Failed  string   `yaml:"failed"`
}

// A Mirror says which test belongs to a source: what Source matches becomes
// Test. Except need none.
type Mirror struct {
	Source string   `yaml:"source"`
	Test   string   `yaml:"test"`
	Except []string `yaml:"except"`
}

// ReadDescription reads a description; unknown keys are errors.
func ReadDescription(file string) (*Description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := &Description{}
	if err := yaml.UnmarshalWithOptions(text, d, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, key := range []struct{ name, value string }{
		{"name", d.Name.File}, {"command", strings.Join(d.Command, " ")}, {"config", d.Config}, {"secrets", d.Secrets}, {"ignored", d.Ignored},
	} {
		if key.value == "" {
			return nil, fmt.Errorf("%s: %s is required", file, key.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Capabilities)) {
		if !slices.Contains(capabilities, name) {
			return nil, fmt.Errorf("%s: %s is none of the capabilities, which are %s", file, name, strings.Join(capabilities, " and "))
		}
	}
	return d, nil
}

// ServiceName reads the name of the service in dir.
func (d *Description) ServiceName(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, d.Name.File))
	if err != nil {
		return "", err
	}
	re, err := regexp.Compile(d.Name.Pattern)
	if err != nil {
		return "", err
	}
	found := re.FindSubmatch(text)
	if len(found) < 2 {
		return "", fmt.Errorf("%s names no service", d.Name.File)
	}
	return string(found[1]), nil
}

// fill replaces the placeholders in text.
func (s *Suite) fill(text string) string {
	return strings.NewReplacer("{name}", s.name, "{package}", strings.ReplaceAll(s.name, "-", "_"), "{dir}", s.Dir).Replace(text)
}

func (s *Suite) fillAll(texts []string) (filled []string) {
	for _, text := range texts {
		filled = append(filled, s.fill(text))
	}
	return filled
}

// command is the program with its arguments; a path with a slash begins at the
// service's directory, since services run elsewhere.
func (s *Suite) command(args ...string) []string {
	argv := s.fillAll(s.Description.Command)
	if strings.Contains(argv[0], "/") && !filepath.IsAbs(argv[0]) {
		argv[0] = filepath.Join(s.Dir, argv[0])
	}
	return append(argv, args...)
}

// env is the full name of a variable of the service.
func (s *Suite) env(name string) string {
	prefix := strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
	return cmp.Or(s.Description.Prefix, prefix) + "_" + name
}

// setup prepares the service as its description says.
func (s *Suite) setup() error {
	if s.NoSetup || len(s.Description.Setup) == 0 {
		return nil
	}
	argv := s.fillAll(s.Description.Setup)
	env := map[string]string{}
	for _, pair := range os.Environ() { // package managers need their settings
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	p, err := s.start(s.Dir, env, argv...)
	if err != nil {
		return err
	}
	code, ended := p.wait(5 * time.Minute)
	if !ended || code != 0 {
		return fmt.Errorf("%s ended with %d: %s", strings.Join(argv, " "), code, short(p.Stdout.String()+p.Stderr.String()))
	}
	return nil
}

// look finds out what the service, and this machine, can do.
func (s *Suite) look() {
	for name, p := range s.Description.Capabilities {
		text, err := os.ReadFile(filepath.Join(s.Dir, s.fill(p.File)))
		re, bad := regexp.Compile(p.Pattern)
		switch {
		case bad != nil:
			s.has[name] = bad.Error()
		case p.File == "", err != nil || !re.Match(text):
			s.has[name] = "this service has none"
		}
	}
	if s.Description.Mirror == nil {
		s.has["mirror"] = "the description has none"
	}
	if s.Description.Registered {
		s.has["methods"] = "the service's HTTP library refuses made-up methods itself"
	}
	for name, why := range machine(s) {
		s.has[name] = why
	}
}

// absent are the capabilities that are not there.
func (s *Suite) absent() map[string]string {
	list := map[string]string{}
	for name, why := range s.has {
		if why != "" {
			list[name] = why
		}
	}
	return list
}
