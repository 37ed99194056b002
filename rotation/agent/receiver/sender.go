package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// letter is a message as one receiver wants it.
type letter struct {
	body   []byte
	header map[string]string
}

// form is how one type of receiver is spoken to.
type form struct {
	path    string // below the address; empty: the address is all
	keyFile string // of the secret that a letter takes; empty: none
	mend    string // what a person can do about a refusal
	write   func(m Message, key secret.Value, now time.Time) (letter, error)
}

// formOf is the form of a type.
func formOf(cfg config.Receiver) (form, error) {
	switch cfg.Type {
	case config.ReceiverWebhook:
		return form{keyFile: cfg.SecretFile, write: writeWebhook, mend: "look whether its address is right, and whether it checks with the secret of secret_file"}, nil
	case config.ReceiverSlack:
		return form{write: writeSlack, mend: "make a new incoming webhook in Slack, and write its address into the file that url_file names"}, nil
	case config.ReceiverTeams:
		return form{write: writeTeams, mend: "look at the workflow in Teams, and write its address into the file that url_file names"}, nil
	case config.ReceiverPagerDuty:
		return form{keyFile: cfg.RoutingKeyFile, write: writePagerDuty, mend: "look whether routing_key_file holds the integration key of an Events API v2 integration"}, nil
	case config.ReceiverAlertmanager:
		return form{path: alertsPath, mend: "look whether the address is an Alertmanager's, without its API's path, and whether a proxy before it wants a login"}, nil
	}
	return form{}, fmt.Errorf("receivers of the type %q are not known: correct type", cfg.Type)
}

// sender is a receiver that takes one letter by HTTP.
type sender struct {
	cfg    config.Receiver
	form   form
	client *http.Client
}

var _ Receiver = (*sender)(nil)

// New is the receiver that a configuration means. It reads no file and opens no connection: a secret is read when it is
// needed, so that one that is replaced holds from the next message on. Client is nil for NewClient's.
func New(cfg config.Receiver, client *http.Client) (Receiver, error) {
	form, err := formOf(cfg)
	if err != nil {
		return nil, err
	}
	if client == nil {
		client = NewClient()
	}
	to := &sender{cfg: cfg, form: form, client: prepared(client)}
	if cfg.Type == config.ReceiverAlertmanager {
		return newAlertmanager(to), nil
	}
	return to, nil
}

// Send implements Receiver.
func (s *sender) Send(ctx context.Context, m Message) error {
	return s.sendWith(ctx, m, s.form.write)
}

func (s *sender) sendWith(ctx context.Context, m Message, write func(Message, secret.Value, time.Time) (letter, error)) error {
	if err := s.send(ctx, m, write); err != nil {
		return fmt.Errorf("tell the receiver %s: %w", s.cfg.Name, err)
	}
	return nil
}

func (s *sender) send(ctx context.Context, m Message, write func(Message, secret.Value, time.Time) (letter, error)) error {
	address, err := s.address()
	if err != nil {
		return err
	}
	var key secret.Value
	if s.form.keyFile != "" {
		if key, err = readFile(s.form.keyFile); err != nil {
			return err
		}
	}
	letter, err := write(m.plain(), key, time.Now())
	if err != nil {
		return err
	}
	return s.post(ctx, address, key, letter)
}

// maxAnswer bounds what is read of an answer, in bytes. A yes is short, and of a no the first sentence is enough.
const maxAnswer = 4 << 10

func (s *sender) post(ctx context.Context, address, key secret.Value, letter letter) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.Reveal(), bytes.NewReader(letter.body))
	if err != nil {
		return errors.New("its address cannot be used: look whether it is whole, and nothing else is in the file") // err quotes it
	}
	request.Header.Set("User-Agent", "oracle-financials-agent")
	for name, value := range letter.header {
		request.Header.Set(name, value)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return unreached(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // half a sentence is better than none
	words := ""
	if !strings.Contains(response.Header.Get("Content-Type"), "html") { // a page is some proxy's
		words = quotable(string(answer), s.untold(address, key))
	}
	return judge(response.StatusCode, response.Header, words, s.form.mend, time.Now())
}
