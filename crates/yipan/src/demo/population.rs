//! The demonstration's people: households with marriages, children and newborns, drawn from a seed
//! at the divisions' real weight. Nobody here exists; every check digit is valid.
//!
//! Invariants: the same seed and size give the same people; a spouse is of marriageable age at the
//! wedding; a mother is between 20 and 45 at a birth; a newborn has no citizen number yet.
//! Must not know: databases, registries, cases.

use jiff::civil::Date;
use kernel::identifier::CitizenNumber;
use kernel::time::{date_of_days, days_since_epoch};
use kernel::{Error, Random, Result, Timestamp};
use pack::Province;
use std::collections::BTreeSet;

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Citizen number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Sex.
    pub male: bool,
    /// Day of birth.
    pub born: Date,
    /// Nationality, 民族.
    pub ethnicity: String,
    /// Mobile number no operator has given out.
    pub mobile: String,
    /// Index of the household.
    pub household: usize,
    /// Standing in the household: head, spouse, child, parent.
    pub relation: Relation,
    /// Index of the spouse.
    pub spouse: Option<usize>,
    /// Enrolled in the residents' medical insurance.
    pub insured: bool,
    /// Bank account for allowances.
    pub bank_card: String,
    /// Bank of that account.
    pub bank: String,
}

/// Standing in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// 户主.
    Head,
    /// 配偶.
    Spouse,
    /// 子女.
    Child,
    /// 父母.
    Parent,
}

/// A household.
#[derive(Clone, Debug)]
pub struct Household {
    /// Village or residents' committee, 12 digits.
    pub division: String,
    /// Street and house below the division.
    pub address: String,
    /// Indices of its members, the head first.
    pub members: Vec<usize>,
    /// Household book number.
    pub book: String,
}

/// A marriage.
#[derive(Clone, Debug)]
pub struct Marriage {
    /// Index of the husband.
    pub husband: usize,
    /// Index of the wife.
    pub wife: usize,
    /// Day of registration.
    pub date: Date,
    /// Certificate number.
    pub certificate: String,
}

/// A birth as its hospital has reported it.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Index of the mother.
    pub mother: usize,
    /// Index of the father.
    pub father: usize,
    /// Instant of the birth.
    pub at: Timestamp,
    /// Sex of the child.
    pub male: bool,
    /// Grams.
    pub weight_g: u32,
    /// Centimetres.
    pub length_cm: u32,
    /// Weeks of gestation.
    pub weeks: u32,
    /// Name of the hospital.
    pub hospital: String,
    /// Number of the hospital's record.
    pub record: String,
    /// Name the parents chose.
    pub name: String,
}

/// Everybody.
#[derive(Clone, Debug, Default)]
pub struct Population {
    /// Persons.
    pub persons: Vec<Person>,
    /// Households.
    pub households: Vec<Household>,
    /// Marriages.
    pub marriages: Vec<Marriage>,
    /// Births of the last months.
    pub births: Vec<Birth>,
}

/// Births drawn within the last days whatever the size of the province.
const RECENT: usize = 4;
/// Days over which the other births are spread.
const BIRTH_DAYS: u64 = 190;

struct Draw<'a> {
    province: &'a Province,
    random: Random,
    today: Date,
    taken: BTreeSet<String>,
    surnames: Vec<(&'a str, u64)>,
    ethnicities: Vec<(&'a str, u64)>,
    all: Population,
}

/// Draws about `size` persons as of a day.
pub fn draw(province: &Province, seed: u64, size: usize, today: Date) -> Result<Population> {
    let weights = |map: &'_ std::collections::BTreeMap<String, u32>| -> Vec<(String, u64)> {
        map.iter().map(|(name, weight)| (name.clone(), u64::from(*weight))).collect()
    };
    let synthetic = province.synthetic();
    let (surnames, ethnicities) = (weights(&synthetic.surnames), weights(&synthetic.ethnicities));
    let mut draw = Draw {
        province,
        random: Random::from_number(seed ^ 0x706f_7075),
        today,
        taken: BTreeSet::new(),
        surnames: surnames.iter().map(|(name, weight)| (name.as_str(), *weight)).collect(),
        ethnicities: ethnicities.iter().map(|(name, weight)| (name.as_str(), *weight)).collect(),
        all: Population::default(),
    };
    while draw.all.persons.len() < size || draw.all.births.len() < RECENT {
        draw.household()?;
    }
    Ok(draw.all)
}

fn weighted<'a>(random: &mut Random, from: &[(&'a str, u64)]) -> &'a str {
    let total = from.iter().map(|(_, weight)| weight).sum();
    let mut at = random.below(total);
    for (name, weight) in from {
        if at < *weight {
            return name;
        }
        at -= weight;
    }
    from.last().map_or("", |(name, _)| name)
}

impl Draw<'_> {
    /// One household: a couple with children and perhaps a grandparent, or somebody alone.
    fn household(&mut self) -> Result<()> {
        let divisions = self.province.divisions();
        let place = divisions
            .village_at(self.random.below(divisions.weight()))
            .ok_or_else(|| Error::internal("the province has no villages"))?;
        let county = place.code()[..6].to_owned();
        let index = self.all.households.len();
        let division = place.code();
        let address = self.address();
        let book = format!("{}{:06}", &division[..6], index + 1);
        self.all.households.push(Household { division, address, members: Vec::new(), book });
        if self.random.chance(180) {
            let age = 18 + self.random.below(65) as i32;
            let male = self.random.chance(520);
            self.person(index, &county, male, age, Relation::Head, None)?;
            return Ok(());
        }
        self.couple(index, &county)
    }

    fn couple(&mut self, household: usize, county: &str) -> Result<()> {
        let wife_age = 21 + self.random.below(50) as i32;
        let husband_age = (wife_age + self.random.below(6) as i32 - 1).max(23);
        let husband = self.person(household, county, true, husband_age, Relation::Head, None)?;
        let wife = self.person(household, county, false, wife_age, Relation::Spouse, None)?;
        self.all.persons[husband].spouse = Some(wife);
        self.all.persons[wife].spouse = Some(husband);
        let grown = wife_age.min(husband_age - 2) - 20;
        let years = self.random.below(u64::try_from(grown.clamp(1, 25)).unwrap_or(1)) as i32;
        let date = self.day_in_year(years.min(grown).max(0));
        let certificate = format!("J{county}-{}-{:06}", date.year(), self.all.marriages.len() + 1);
        self.all.marriages.push(Marriage { husband, wife, date, certificate });
        let surname: String = self.all.persons[husband].name.chars().take(1).collect();
        let children = self.random.below(3) as i32;
        for child in 0..children {
            let age = wife_age - 22 - child * 3 - self.random.below(6) as i32;
            if (1..20).contains(&age) {
                let male = self.random.chance(520);
                self.person(household, county, male, age, Relation::Child, Some(&surname))?;
            }
        }
        if self.random.chance(150) && husband_age < 55 {
            let age = husband_age + 22 + self.random.below(10) as i32;
            let male = self.random.chance(450);
            self.person(household, county, male, age, Relation::Parent, Some(&surname))?;
        }
        if (22..=40).contains(&wife_age) && self.random.chance(250) {
            self.birth(husband, wife, &surname)?;
        }
        Ok(())
    }

    fn birth(&mut self, father: usize, mother: usize, surname: &str) -> Result<()> {
        // The first few are recent, so that even the smallest province has newborns to apply for.
        let days = if self.all.births.len() < RECENT { 10 } else { BIRTH_DAYS };
        let back = 3 * 24 * 60 + self.random.below(60 * 24 * days) as i64;
        let at = Timestamp::start_of(self.today).plus_us(-back * 60 * kernel::time::SECOND_US);
        let male = self.random.chance(520);
        let name = format!("{surname}{}", self.given(male));
        let household = self.all.persons[mother].household;
        let division = self.all.households[household].division.clone();
        let hospital = self.hospital(&division);
        let record =
            format!("{}{}{:05}", &division[..6], at.date().year(), self.all.births.len() + 1);
        self.all.births.push(Birth {
            mother,
            father,
            at,
            male,
            weight_g: 2_600 + self.random.below(1_500) as u32,
            length_cm: 47 + self.random.below(7) as u32,
            weeks: 37 + self.random.below(5) as u32,
            hospital,
            record,
            name,
        });
        Ok(())
    }

    fn person(
        &mut self,
        household: usize,
        county: &str,
        male: bool,
        age: i32,
        relation: Relation,
        surname: Option<&str>,
    ) -> Result<usize> {
        let born = self.day_in_year(age);
        let number = self.number(county, born, male)?;
        let surname = match surname {
            Some(surname) => surname.to_owned(),
            None => weighted(&mut self.random, &self.surnames).to_owned(),
        };
        let synthetic = self.province.synthetic();
        let bank = self.random.pick(&synthetic.banks).cloned();
        let person = Person {
            name: format!("{surname}{}", self.given(male)),
            ethnicity: weighted(&mut self.random, &self.ethnicities).to_owned(),
            mobile: self.mobile(),
            bank_card: bank.as_ref().map(|bank| self.card(&bank.prefix)).unwrap_or_default(),
            bank: bank.map(|bank| bank.id).unwrap_or_default(),
            insured: self.random.chance(960),
            number,
            male,
            born,
            household,
            relation,
            spouse: None,
        };
        let index = self.all.persons.len();
        self.all.persons.push(person);
        self.all.households[household].members.push(index);
        Ok(index)
    }

    /// A day on which somebody now of this age was born; never one that has not come.
    fn day_in_year(&mut self, age: i32) -> Date {
        let back = age * 365 + age / 4 + 1 + self.random.below(360) as i32;
        date_of_days(days_since_epoch(self.today) - back)
    }

    fn number(&mut self, county: &str, born: Date, male: bool) -> Result<String> {
        for _ in 0..1_000 {
            let sequence = (self.random.below(499) * 2 + 1 + u64::from(!male)) as u16;
            let number = CitizenNumber::make(county, born, sequence.min(999))?.to_string();
            if self.taken.insert(number.clone()) {
                return Ok(number);
            }
        }
        Err(Error::internal("no citizen number is left for the day"))
    }

    fn given(&mut self, male: bool) -> String {
        let synthetic = self.province.synthetic();
        let from = if male { &synthetic.given_male } else { &synthetic.given_female };
        let two = self.random.chance(u64::from(synthetic.given_two_permille));
        let first = self.random.pick(from).cloned().unwrap_or_default();
        let second =
            if two { self.random.pick(from).cloned().unwrap_or_default() } else { String::new() };
        format!("{first}{second}")
    }

    fn address(&mut self) -> String {
        let synthetic = self.province.synthetic();
        let street = self.random.pick(&synthetic.streets).cloned().unwrap_or_default();
        let estate = self.random.pick(&synthetic.estates).cloned().unwrap_or_default();
        format!(
            "{street}{}号{estate}{}号楼{}室",
            1 + self.random.below(300),
            1 + self.random.below(30),
            101 + self.random.below(18) * 100 + self.random.below(4)
        )
    }

    fn hospital(&mut self, division: &str) -> String {
        let synthetic = self.province.synthetic();
        let city = self.province.division(&division[..4]).map_or("", |city| city.name());
        let names = &synthetic.hospitals;
        let name = self.random.pick(names).map(|name| name.zh.replace("{division}", city));
        name.unwrap_or_default()
    }

    fn mobile(&mut self) -> String {
        let synthetic = self.province.synthetic();
        let prefix = self.random.pick(&synthetic.mobile_prefixes).cloned().unwrap_or_default();
        let rest = 11_usize.saturating_sub(prefix.len());
        let digits: String =
            (0..rest).map(|_| char::from(b'0' + self.random.below(10) as u8)).collect();
        format!("{prefix}{digits}")
    }

    /// A card number of 19 digits with its check digit (ISO/IEC 7812).
    fn card(&mut self, prefix: &str) -> String {
        let mut digits: String = prefix.to_owned();
        while digits.len() < 18 {
            digits.push(char::from(b'0' + self.random.below(10) as u8));
        }
        let sum: u32 = digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        digits.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
        digits
    }
}
