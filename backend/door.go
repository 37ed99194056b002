package backend

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

// requestLimit is how long a request may take, whatever Oracle does: one in flight delays seal and
// step-down of the whole Vault, a plugin sees no deadline of Vault's, and the command line gives up after
// 60 seconds. The contract says 45.
const requestLimit = 44 * time.Second

// nameRule is what a name may be; the paths' patterns say the same.
const nameRule = `names are letters, digits, "_", "-" and ".", beginning with a letter, a digit or "_"`

// namePattern captures a name at the end of a path.
const namePattern = `(?P<name>\w[\w.-]*)`

// fieldsKey carries a request's typed fields from the door to the operation.
type fieldsKey struct{}

// HandleRequest is the one door of the engine. It types what was sent, refuses what does not fit with a
// sentence of ours, and bounds the time.
//
// The framework never sees what was sent: its own type errors quote the value, and Vault then writes it
// in clear into the audit file.
func (b *backend) HandleRequest(ctx context.Context, req *logical.Request) (*logical.Response, error) {
	path, checked := b.path(req)
	if !checked {
		return b.Backend.HandleRequest(ctx, req) //nolint:wrapcheck // Vault knows the framework's own errors
	}
	if path == nil {
		if noun, rest, found := strings.Cut(req.Path, "/"); found && rest != "" && b.Route(noun+"/a") != nil {
			return response(badRequest("%s", nameRule))
		}
		return nil, logical.ErrUnsupportedPath
	}
	sent, err := readFields(path.Fields, req.Data, writes(req.Operation))
	if err != nil {
		return response(err)
	}
	if req.Operation != logical.PatchOperation {
		for name, value := range sent {
			if value == nil {
				return response(badRequest("%s must not be null: leave it out", name))
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, fieldsKey{}, sent), requestLimit)
	defer cancel()
	return b.Backend.HandleRequest(ctx, withoutData(req)) //nolint:wrapcheck // as above
}

// HandleExistenceCheck asks about the name only, so that nothing of what was sent can show in an error.
func (b *backend) HandleExistenceCheck(ctx context.Context, req *logical.Request) (checkFound, exists bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	return b.Backend.HandleExistenceCheck(ctx, withoutData(req)) //nolint:wrapcheck // as above
}

// path finds the request's path; checked is false for operations that carry no fields of ours.
func (b *backend) path(req *logical.Request) (path *framework.Path, checked bool) {
	switch req.Operation { //nolint:exhaustive // the others belong to the framework
	case logical.CreateOperation, logical.UpdateOperation, logical.PatchOperation, logical.ReadOperation,
		logical.ListOperation, logical.DeleteOperation:
		return b.Route(req.Path), true
	}
	return nil, false
}

func writes(operation logical.Operation) bool {
	return operation == logical.CreateOperation || operation == logical.UpdateOperation || operation == logical.PatchOperation
}

func withoutData(req *logical.Request) *logical.Request {
	stripped := *req
	stripped.Data = nil
	return &stripped
}

// request is what an operation gets.
type request struct {
	*logical.Request
	name   string
	fields fields
}

// operation is one operation of one path.
type operation func(ctx context.Context, req request) (*logical.Response, error)

// handle makes a framework callback of an operation.
func handle(do operation) framework.OperationFunc {
	return func(ctx context.Context, req *logical.Request, d *framework.FieldData) (*logical.Response, error) {
		sent, _ := ctx.Value(fieldsKey{}).(fields)
		r := request{Request: req, fields: sent}
		if _, named := d.Schema["name"]; named {
			r.name, _ = d.Get("name").(string)
		}
		answer, err := do(ctx, r)
		if err != nil {
			return response(err)
		}
		return answer, nil
	}
}
