package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// waitFor does every wait_for of a configuration, in order: a delay, or a global address on the NIC that it names (without a name, on
// any but lo). Each ends after three minutes, and at once if Terraform is interrupted. The real provider checks every two
// seconds, this one every 100 ms.
func (at place) waitFor(ctx context.Context, planned object) error {
	for _, wait := range planned.blocks("wait_for") {
		kind := wait.text("type")
		limited, cancel := context.WithTimeout(ctx, patience)
		var err error
		if kind == "delay" {
			err = at.waitDelay(limited, wait.text("delay"))
		} else {
			err = at.waitAddress(limited, map[string]string{"ipv4": "inet", "ipv6": "inet6"}[kind], wait.text("nic"))
		}
		cancel()
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for %s was interrupted", kind)
		case errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("waiting for %s took more than %s", kind, patience)
		case err != nil:
			return fmt.Errorf("waiting for %s: %w", kind, err)
		}
	}
	return nil
}

// settle gives a guest that was started two seconds to get an address, so that the state has it. The real provider takes that long anyway,
// because it checks every two seconds whether the instance runs.
func (at place) settle(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_ = at.waitAddress(limited, "inet", "")
}

func (at place) waitDelay(ctx context.Context, text string) error {
	delay, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	return pause(ctx, delay)
}

func (at place) waitAddress(ctx context.Context, family, nic string) error {
	for {
		seen, err := at.state(ctx)
		if err != nil {
			return err
		}
		for name, each := range seen.Network {
			if name != "lo" && (nic == "" || name == nic) && each.global(family) != "" {
				return nil
			}
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
