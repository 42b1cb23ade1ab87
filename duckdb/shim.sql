-- What the Trino dialect calls otherwise. Macros shadow built-in functions.
CREATE MACRO element_at(m, k) AS m[k];
CREATE MACRO date_diff(u, a, b) AS date_sub(u, a, b);
CREATE MACRO from_unixtime(x) AS to_timestamp(x);
CREATE MACRO to_unixtime(x) AS epoch(x);
CREATE MACRO regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO regexp_replace(s, p, r) AS system.main.regexp_replace(s, p, r, 'g');
CREATE MACRO approx_percentile(x, q) AS approx_quantile(x, q);
CREATE MACRO approx_distinct(x) AS approx_count_distinct(x);
CREATE MACRO day_of_week(d) AS isodow(d);
CREATE MACRO json_extract_scalar(j, p) AS json_extract_string(j, p);

-- These make as much memory as an argument says, in one call that neither the memory limit nor an interrupt stops.
-- Trino's sequence has the same limit. The check stands in the argument, where constant folding meets it first.
CREATE MACRO limno_upto(n) AS CASE WHEN n > 10000 THEN error('the result of repeat, lpad, rpad or sequence has more than 10000 elements') ELSE n END;
CREATE MACRO repeat(s, n) AS system.main.repeat(s, limno_upto(n * greatest(length(s), 1)) // greatest(length(s), 1));
CREATE MACRO lpad(s, n, p) AS system.main.lpad(s, CAST(limno_upto(n) AS INTEGER), p);
CREATE MACRO rpad(s, n, p) AS system.main.rpad(s, CAST(limno_upto(n) AS INTEGER), p);
CREATE MACRO sequence(a, b) AS system.main.generate_series(a, a + limno_upto(b - a)), (a, b, c) AS system.main.generate_series(a, a + c * limno_upto((b - a) // c), c);
CREATE MACRO generate_series(a) AS system.main.generate_series(limno_upto(a)), (a, b) AS sequence(a, b), (a, b, c) AS sequence(a, b, c);
CREATE MACRO range(a) AS system.main.range(limno_upto(a)), (a, b) AS system.main.range(a, a + limno_upto(b - a)), (a, b, c) AS list_filter(sequence(a, b, c), lambda x: x <> b);
