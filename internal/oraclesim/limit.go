package oraclesim

import (
	"fmt"
	"net/http"
	"time"
)

// Maintenance is how a pod in maintenance answers every request.
type Maintenance string

// The closed list of maintenances. Oracle documents no form; these are what pods and what stands before them show.
const (
	MaintenanceOff Maintenance = "off"
	// MaintenanceUnavailable is 503 with an HTML page, and Switches.RetryAfter.
	MaintenanceUnavailable Maintenance = "unavailable"
	// MaintenancePage is 200 with an HTML page.
	MaintenancePage Maintenance = "page"
	// MaintenanceRedirect is 302 to an HTML page elsewhere.
	MaintenanceRedirect Maintenance = "redirect"
)

// maintenanceLocation is where MaintenanceRedirect points; the name is reserved and leads nowhere.
const maintenanceLocation = "https://maintenance.example.invalid/"

func (m Maintenance) validate() error {
	switch m {
	case "", MaintenanceOff, MaintenanceUnavailable, MaintenancePage, MaintenanceRedirect:
		return nil
	}
	return fmt.Errorf("maintenance %q is unknown: use off, unavailable, page or redirect", m)
}

// LocationAccess is what location-based access control does with a caller whose address is not listed (Oracle
// Integration, ERP adapter prerequisites: 401 Access Denied or 403 Forbidden).
type LocationAccess string

// The closed list.
const (
	// LocationOff lets every address in.
	LocationOff LocationAccess = "off"
	// LocationUnauthorized answers the 401 of a refused login.
	LocationUnauthorized LocationAccess = "unauthorized"
	// LocationForbidden answers 403.
	LocationForbidden LocationAccess = "forbidden"
)

func (l LocationAccess) validate() error {
	switch l {
	case "", LocationOff, LocationUnauthorized, LocationForbidden:
		return nil
	}
	return fmt.Errorf("location access %q is unknown: use off, unauthorized or forbidden", l)
}

// counter counts the requests of one listener, in all and within one second.
type counter struct {
	all      int
	second   time.Time
	inSecond int
}

func (c *counter) add(now time.Time) {
	c.all++
	if second := now.Truncate(time.Second); !second.Equal(c.second) {
		c.second, c.inSecond = second, 0
	}
	c.inSecond++
}

// throttles counts a request to the pod and says whether it gets 429.
func (p *Pod) throttles() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counted.add(p.now())
	every := p.switches.RateLimitEvery
	return p.switches.RateLimit > 0 && p.counted.inSecond > p.switches.RateLimit || every > 0 && p.counted.all%every == 0
}

// throttlesDomain is the same for the identity domain.
func (p *Pod) throttlesDomain() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.countedDomain.add(p.now())
	return p.switches.DomainRateLimit > 0 && p.countedDomain.inSecond > p.switches.DomainRateLimit
}

// barred answers for what stands before the pod's login; false when the request may go on.
func (a *podAPI) barred(w http.ResponseWriter, r *http.Request, s Switches) bool {
	switch {
	case s.Maintenance != MaintenanceOff:
		s.answerMaintenance(w)
	case a.pod.throttles():
		retryAfter(w, s)
		writeForm(w, BodyPlain, http.StatusTooManyRequests, "Too Many Requests")
	case s.LocationAccess != LocationOff:
		if s.LocationAccessCountsLogin {
			a.pod.login(r)
		}
		if s.LocationAccess == LocationForbidden {
			forbidden(w, r, s, "Access is not allowed from this location.")
			return true
		}
		unauthorized(w)
	default:
		return false
	}
	return true
}

func (s Switches) answerMaintenance(w http.ResponseWriter) {
	switch s.Maintenance {
	case MaintenanceUnavailable:
		retryAfter(w, s)
		writeBody(w, http.StatusServiceUnavailable, typeHTML, maintenancePage)
	case MaintenanceRedirect:
		w.Header().Set("Location", maintenanceLocation)
		writeBody(w, http.StatusFound, typeHTML, maintenancePage)
	default: // MaintenancePage; MaintenanceOff never comes here
		writeBody(w, http.StatusOK, typeHTML, maintenancePage)
	}
}

func retryAfter(w http.ResponseWriter, s Switches) {
	if s.RetryAfter != "" {
		w.Header().Set("Retry-After", s.RetryAfter)
	}
}
