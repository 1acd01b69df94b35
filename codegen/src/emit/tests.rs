//! Generated tests: the image is whole, the enums are its names, and the definition's
//! own `tests:` hold. (What of them the image does not know, the last days, only the verb
//! `test` asks.)

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use routewright_schema::lower::scalars;
use routewright_schema::model::{Definition, EventTest, Measured, Policy, Test, Value};

use super::lenient;

pub(super) fn emit(definition: &Definition, rw: &TokenStream) -> TokenStream {
    let own = definition.tests.iter().enumerate().map(|(at, test)| {
        let readable: String = test
            .about()
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .collect();
        let name = Ident::new(&format!("test_{at}_{readable}"), Span::call_site());
        let body = match test {
            Test::Event(test) => event(test, rw),
            Test::Setting(test) => test.is.as_ref().map(|is| setting_test(&test.setting, is)),
        };
        body.map(|body| {
            quote! {
                #[test]
                fn #name() {
                    #body
                }
            }
        })
    });
    let own: Vec<TokenStream> = own.flatten().collect();
    let mut measured = definition.tests.iter().map(|test| match test {
        Test::Event(test) => test.measured.is_some(),
        Test::Setting(_) => false,
    });
    let shares = measured.any(|measured| measured).then(shares_of_keys);
    let lenient = lenient();
    quote! {
        #[cfg(test)]
        #lenient
        mod generated_tests {
            use super::*;

            #[test]
            fn the_image_is_whole() {
                TABLE.raw().verify().unwrap();
            }

            #[test]
            fn the_names_are_those_of_the_image() {
                let catalog = TABLE.raw().catalog();
                assert_eq!(Event::ALL.len(), TABLE.raw().events());
                assert_eq!(Consumer::ALL.len(), catalog.consumers());
                for (at, consumer) in Consumer::ALL.iter().enumerate() {
                    assert_eq!(catalog.consumer(at), Some(consumer.as_str()));
                }
                for event in Event::ALL.iter().copied() {
                    assert_eq!(event.as_str().parse(), Ok(event));
                }
            }

            fn names(event: &str, ids: impl Iterator<Item = u16>) -> ::std::collections::BTreeSet<&'static str> {
                let catalog = TABLE.raw().catalog();
                let name = |id: u16| catalog.consumer(id.into()).unwrap_or_else(|| panic!("{event}: no consumer {id}"));
                ids.map(name).collect()
            }

            fn scalars(path: &str) -> Vec<String> {
                let catalog = TABLE.raw().catalog();
                let at = catalog.setting_index(path).unwrap_or_else(|| panic!("no setting {path}"));
                TABLE.values().scalars(at).map(|scalar| scalar.to_string()).collect()
            }

            #shares

            #(#own)*
        }
    }
}

/// Nothing, if the image knows nothing of what is expected.
fn event(test: &EventTest, rw: &TokenStream) -> Option<TokenStream> {
    let EventTest {
        event,
        to,
        not_to,
        split,
        mirror,
        drop,
        unrouted,
        policy,
        picks,
        measured,
        expiry: _,
    } = test;
    let mut checks = TokenStream::new();
    let names = |list: &mut dyn Iterator<Item = &String>| -> TokenStream {
        let list: Vec<&String> = list.collect();
        quote!(let expected: ::std::collections::BTreeSet<&str> = [#(#list),*].into();)
    };
    if let Some(to) = to {
        let expected = names(&mut to.iter());
        checks.extend(quote! {
            let to = route.map(|r| names(event, r.raw().consumers())).unwrap_or_default();
            #expected
            assert_eq!(to, expected, "{event}: to");
        });
    }
    if !not_to.is_empty() {
        checks.extend(quote! {
            let raw = route.into_iter().map(|r| r.raw());
            let gets = raw.flat_map(|r| {
                r.consumers().chain(r.arms().map(|a| a.0)).chain(r.shares().map(|m| m.0)).collect::<Vec<_>>()
            });
            let gets = names(event, gets);
            for name in [#(#not_to),*] {
                assert!(!gets.contains(name), "{event}: not_to: {name}");
            }
        });
    }
    if let Some(split) = split {
        let arms = split.iter().map(|(name, weight)| quote!((#name, #weight)));
        checks.extend(quote! {
            let split: ::std::collections::BTreeMap<&str, u32> =
                route.into_iter().flat_map(|r| r.arms()).map(|(c, w)| (c.as_str(), w.into())).collect();
            let expected: ::std::collections::BTreeMap<&str, u32> = [#(#arms),*].into();
            assert_eq!(split, expected, "{event}: split");
        });
    }
    if let Some(mirror) = mirror {
        let expected = names(&mut mirror.iter());
        checks.extend(quote! {
            let mirror = route.map(|r| names(event, r.raw().shares().map(|m| m.0))).unwrap_or_default();
            #expected
            assert_eq!(mirror, expected, "{event}: mirror");
        });
    }
    if let Some(drop) = drop {
        checks.extend(quote! {
            let dropped = route.is_some_and(|r| matches!(r.outcome(), #rw::Outcome::Drop(_)));
            assert_eq!(dropped, #drop, "{event}: drop");
        });
    }
    if let Some(unrouted) = unrouted {
        checks.extend(quote! {
            let unrouted = route.is_none_or(|r| r.outcome() == #rw::Outcome::Unrouted);
            assert_eq!(unrouted, #unrouted, "{event}: unrouted");
        });
    }
    checks.extend(policy_checks(policy, rw));
    if let Some((key, consumer)) = picks {
        checks.extend(quote! {
            let key = #key;
            let pick = route.and_then(|r| r.pick(key.as_bytes())).map(Consumer::as_str);
            assert_eq!(pick, Some(#consumer), "{event}: the pick for key {key:?}");
        });
    }
    if let Some(measured) = measured {
        checks.extend(share_checks(measured));
    }
    (!checks.is_empty()).then(|| {
        quote! {
            let event = #event;
            let route = TABLE.find(event);
            #checks
        }
    })
}

fn share_checks(measured: &Measured) -> TokenStream {
    let Measured {
        shares,
        mirror_shares,
        within_ppm,
        keys,
        seed,
    } = measured;
    let seed = seed.unwrap_or(0);
    let mut checks = TokenStream::new();
    for (what, wanted, gets) in [
        (
            "share",
            shares,
            quote!(r.raw().pick(key).into_iter().collect::<Vec<_>>()),
        ),
        (
            "mirror share",
            mirror_shares,
            quote!(r.raw().mirrors(key).collect::<Vec<_>>()),
        ),
    ] {
        if wanted.is_empty() {
            continue;
        }
        let wanted = wanted.iter().map(|(name, ppm)| quote!((#name, #ppm)));
        checks.extend(quote! {
            let gets = |key: &[u8]| route.map(|r| #gets).unwrap_or_default();
            shares(event, #what, (#keys, #seed), #within_ppm, &[#(#wanted),*], gets);
        });
    }
    checks
}

/// As `routewright_schema::analysis::test` measures them.
fn shares_of_keys() -> TokenStream {
    quote! {
        fn shares(
            event: &str,
            what: &str,
            (keys, seed): (u32, u64),
            within: u32,
            expected: &[(&str, u32)],
            gets: impl Fn(&[u8]) -> Vec<u16>,
        ) {
            let mut counts = ::std::collections::BTreeMap::<u16, u64>::new();
            for draw in 1..=u64::from(keys) {
                let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(draw));
                x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                let key = format!("{:016x}", x ^ (x >> 31));
                for id in gets(key.as_bytes()) {
                    *counts.entry(id).or_default() += 1;
                }
            }
            let named = names(event, counts.keys().copied());
            for name in &named {
                assert!(expected.iter().any(|e| e.0 == *name), "{event}: {what}: {name} gets some");
            }
            for (name, ppm) in expected {
                let of = |id: &u16| TABLE.raw().catalog().consumer((*id).into()) == Some(*name);
                let count: u64 = counts.iter().filter(|(id, _)| of(id)).map(|(_, n)| n).sum();
                let off = (count * 1_000_000).abs_diff(u64::from(*ppm) * u64::from(keys));
                assert!(
                    off <= u64::from(within) * u64::from(keys),
                    "{event}: {what} of {name}: {count} of {keys} keys"
                );
            }
        }
    }
}

fn policy_checks(policy: &Policy, rw: &TokenStream) -> TokenStream {
    let mut checks = TokenStream::new();
    let mut check = |field: TokenStream, what: &str, expected: TokenStream| {
        let message = format!("{{event}}: {what}");
        checks.extend(quote! {
            let expected = #expected;
            assert_eq!(policy.#field, expected, #message);
        });
    };
    let time = |ns: u64| match ns {
        0 => quote!(None),
        ns => quote!(Some(::core::time::Duration::from_nanos(#ns))),
    };
    if let Some(ns) = policy.timeout_ns {
        check(quote!(timeout), "timeout", time(ns));
    }
    if let Some(ns) = policy.retry_delay_ns {
        check(quote!(retry_delay), "retry_delay", time(ns));
    }
    if let Some(retries) = policy.retries {
        let retries = u8::try_from(retries).unwrap_or(u8::MAX);
        check(quote!(retries), "retries", quote!(#retries));
    }
    if let Some(priority) = policy.priority {
        let word = Ident::new(&format!("{priority:?}"), Span::call_site());
        check(quote!(priority), "priority", quote!(#rw::Priority::#word));
    }
    match checks.is_empty() {
        true => checks,
        false => quote! {
            let policy = route.map(|r| r.policy()).unwrap_or_default();
            #checks
        },
    }
}

/// As texts, because that is how the definition has them.
fn setting_test(path: &str, is: &Value) -> TokenStream {
    let expected: Vec<String> = scalars(is).map(ToString::to_string).collect();
    let count = Literal::usize_unsuffixed(expected.len());
    quote! {
        let expected: [&str; #count] = [#(#expected),*];
        assert_eq!(scalars(#path), expected, "{}", #path);
    }
}
