package vaultdev

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Cluster is several Vaults that keep one state in raft, each with its own files and plugins. Between them stand
// wires that can be cut. Its methods may be called from several goroutines, those that change a node one at a time.
type Cluster struct {
	nodes []*Server
	wires *wires
}

const (
	// joinTimeout bounds the time in which a new node becomes a standby.
	joinTimeout = 60 * time.Second
	// electionTimeout bounds how long a cluster may take to agree: a node that was stopped in the middle of a TLS
	// handshake lets nobody in for a minute, and on a busy machine a second election follows a first that was lost.
	electionTimeout = 3 * time.Minute
	// healthTimeout is more than a Vault takes that works, and what one that was stopped costs whoever asks it.
	healthTimeout = 2 * time.Second
)

// StartCluster starts a raft cluster of so many Vaults, initialized and unsealed; the first is active. The context
// bounds the start; the cluster then runs until Close.
func StartCluster(ctx context.Context, opts Options, size int) (*Cluster, error) {
	// Vault's autopilot watches each new node for ten seconds and more before it has a vote.
	opts.Env = append(slices.Clone(opts.Env), "VAULT_RAFT_AUTOPILOT_DISABLE=true")
	c := &Cluster{wires: newWires()}
	for n := range size {
		own := opts
		if opts.Dir != "" {
			own.Dir = filepath.Join(opts.Dir, nodeID(n))
		}
		node, err := startAnyPort(ctx, own, func(ctx context.Context, s *Server, opts Options) error {
			return c.startNode(ctx, s, opts, n)
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start node %d: %w", n+1, err), c.Close())
		}
		c.nodes = append(c.nodes, node)
	}
	if err := c.await(ctx, "a vote for every node", c.allVote); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// allVote says whether every node has a vote, without which it could not become the active one.
func (c *Cluster) allVote(ctx context.Context) error {
	answer, err := c.nodes[0].client.Logical().ReadWithContext(ctx, "sys/storage/raft/configuration")
	if err != nil {
		return fmt.Errorf("ask the raft cluster: %w", err)
	}
	voters := 0
	config, _ := answer.Data["config"].(map[string]any)
	servers, _ := config["servers"].([]any)
	for _, server := range servers {
		if member, _ := server.(map[string]any); member["voter"] == true {
			voters++
		}
	}
	if voters < len(c.nodes) {
		return fmt.Errorf("%d of %d nodes have a vote", voters, len(c.nodes))
	}
	return nil
}

// startNode starts one Vault behind a wire of its own. The first begins the cluster, the others join it.
func (c *Cluster) startNode(ctx context.Context, s *Server, opts Options, n int) error {
	api, cluster, wire, err := c.wires.open(ctx, s)
	if err != nil {
		return err
	}
	node := raftNode{id: nodeID(n), api: api, cluster: cluster, advertised: wire, patience: amongOthers}
	if n == 0 {
		return startRaftNode(ctx, s, opts, node)
	}
	first := c.nodes[0]
	first.mu.Lock()
	first.member = true
	key, token := first.unsealKey, first.rootToken
	first.mu.Unlock()
	node.leader = first.Address()
	if err := launchRaftNode(ctx, s, opts, node); err != nil {
		return err
	}
	s.mu.Lock()
	s.unsealKey, s.member = key, true
	s.mu.Unlock()
	s.setRootToken(token)
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	// Until it has reached the leader, it has nothing to unseal.
	if err := s.waitFor(ctx, "ready to join", s.initialized); err != nil {
		return err
	}
	return s.Unseal(ctx)
}

func nodeID(n int) string { return fmt.Sprintf("node%d", n+1) }

// Nodes are the Vaults, in the order in which they were started.
func (c *Cluster) Nodes() []*Server { return c.nodes }

// Active gives the node that says of itself that it is the active one; nil when none does. Nodes that are stopped
// or cut off are not asked. One that was so until just now may not know yet that it is not active any more.
func (c *Cluster) Active(ctx context.Context) *Server {
	said := make(chan *Server, len(c.nodes))
	asked := 0
	for _, node := range c.nodes {
		if node.unfit() || c.wires.isCut(node) {
			continue
		}
		asked++
		go func() {
			if node.active(ctx) != nil {
				said <- nil
				return
			}
			said <- node
		}()
	}
	for range asked {
		if node := <-said; node != nil {
			return node
		}
	}
	return nil
}

// Reign is the time in which one node is active without a break.
type Reign struct {
	Node  *Server
	Since time.Time
}

// AwaitReign waits until a node is active that was not so in another reign: another node, or the same once more. Which
// node leads after a loss is raft's choice, and it may choose the one that has just stepped down.
func (c *Cluster) AwaitReign(ctx context.Context, before Reign) (now Reign, err error) {
	return now, c.await(ctx, "another active node", func(ctx context.Context) error {
		node := c.Active(ctx)
		if node == nil {
			return errors.New("no node is active")
		}
		now, err = node.Reign(ctx)
		if err == nil && now == before {
			return errors.New("the same node is active still")
		}
		return err
	})
}

// AwaitActive waits until a node is active.
func (c *Cluster) AwaitActive(ctx context.Context) (active *Server, err error) {
	return active, c.await(ctx, "an active node", func(ctx context.Context) error {
		if active = c.Active(ctx); active == nil {
			return errors.New("no node is active")
		}
		return nil
	})
}

// AwaitWhole waits until a node is active and all the others follow it. Whoever stops a node earlier may stop it in the
// middle of a TLS handshake, and Vault lets nobody else in before it has waited a minute for its end.
func (c *Cluster) AwaitWhole(ctx context.Context) (active *Server, err error) {
	return active, c.await(ctx, "a whole cluster", func(ctx context.Context) error {
		if active = c.Active(ctx); active == nil {
			return errors.New("no node is active")
		}
		return c.follow(ctx, active)
	})
}

// follow says whether every node follows this one, and has caught up.
func (c *Cluster) follow(ctx context.Context, active *Server) error {
	led, err := active.client.Sys().LeaderWithContext(ctx)
	if err != nil {
		return fmt.Errorf("ask for the leader: %w", err)
	}
	for n, node := range c.nodes {
		follows, err := node.client.Sys().LeaderWithContext(ctx)
		if err != nil {
			return fmt.Errorf("ask for the leader: %w", err)
		}
		if follows.LeaderAddress != led.LeaderAddress || follows.RaftAppliedIndex < led.RaftCommittedIndex {
			return fmt.Errorf("node %d follows %q up to %d, want %q up to %d",
				n+1, follows.LeaderAddress, follows.RaftAppliedIndex, led.LeaderAddress, led.RaftCommittedIndex)
		}
	}
	return nil
}

// await asks until there is no fault.
func (*Cluster) await(ctx context.Context, what string, fault func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, electionTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, healthTimeout)
		err := fault(limited)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s (%w): %w", what, ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// CutOff cuts a node off from the others, in both directions, as a partition of the network would; clients and the
// world outside still reach it, and it them. Only Linux tells whose a connection is.
func (c *Cluster) CutOff(node *Server) error { return c.wires.cut(node) }

// Mend ends every partition.
func (c *Cluster) Mend() { c.wires.mend() }

// Close ends all the nodes and removes the directories that were made for them: these last, for a node may write into
// another's as long as it runs, such as its audit.
func (c *Cluster) Close() error {
	var ending sync.WaitGroup
	for _, node := range c.nodes {
		ending.Go(func() { _ = node.current().stop(stopGrace) }) // Close says what went wrong
	}
	ending.Wait()
	var faults []error
	for _, node := range c.nodes {
		faults = append(faults, node.Close())
	}
	c.wires.close()
	return errors.Join(faults...)
}
