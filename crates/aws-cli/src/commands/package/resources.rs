//! Which properties of which resources name local files. The table is AWS CLI v2's.

/// What becomes of the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The object's `s3://` address.
    Url,
    /// A map of bucket and key under these names, and of the version where there is a name for it.
    Place(&'static str, &'static str, Option<&'static str>),
    /// The address of another template, which is packaged likewise.
    Template,
}

/// A property that names a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    /// The type of the resource.
    pub(super) resource: &'static str,
    /// The property; a dot leads into a map.
    pub(super) property: &'static str,
    /// What becomes of it.
    pub(super) form: Form,
    /// Whether the template's own folder is meant where the property is missing.
    pub(super) folder_by_default: bool,
    /// Whether a single file goes into an archive.
    pub(super) zips: bool,
}

const fn named(resource: &'static str, property: &'static str, form: Form) -> Named {
    Named { resource, property, form, folder_by_default: true, zips: false }
}

impl Named {
    const fn given(mut self) -> Named {
        self.folder_by_default = false;
        self
    }

    const fn zipped(mut self) -> Named {
        self.zips = true;
        self
    }
}

const PLACE: Form = Form::Place("Bucket", "Key", Some("Version"));
const LAMBDA: Form = Form::Place("S3Bucket", "S3Key", Some("S3ObjectVersion"));
const RESOLVER: &str = "AWS::AppSync::Resolver";
const CONFIGURATION: &str = "AWS::AppSync::FunctionConfiguration";
const REQUEST: &str = "RequestMappingTemplateS3Location";
const RESPONSE: &str = "ResponseMappingTemplateS3Location";

/// Properties of resources, in the order in which they are looked at.
pub(super) const RESOURCES: &[Named] = &[
    named("AWS::Serverless::Function", "CodeUri", Form::Url).zipped(),
    named("AWS::Serverless::Api", "DefinitionUri", Form::Url).given(),
    named("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", Form::Url).given(),
    named(RESOLVER, REQUEST, Form::Url).given(),
    named(RESOLVER, RESPONSE, Form::Url).given(),
    named(CONFIGURATION, REQUEST, Form::Url).given(),
    named(CONFIGURATION, RESPONSE, Form::Url).given(),
    named("AWS::ApiGateway::RestApi", "BodyS3Location", PLACE).given(),
    named("AWS::Lambda::Function", "Code", LAMBDA).zipped(),
    named(
        "AWS::ElasticBeanstalk::ApplicationVersion",
        "SourceBundle",
        Form::Place("S3Bucket", "S3Key", None),
    ),
    named("AWS::CloudFormation::Stack", "TemplateURL", Form::Template),
    named("AWS::Serverless::Application", "Location", Form::Template),
    named("AWS::Serverless::LayerVersion", "ContentUri", Form::Url).zipped(),
    named("AWS::Lambda::LayerVersion", "Content", LAMBDA).zipped(),
    named("AWS::Glue::Job", "Command.ScriptLocation", Form::Url),
    named("AWS::StepFunctions::StateMachine", "DefinitionS3Location", PLACE).given(),
    named("AWS::Serverless::StateMachine", "DefinitionUri", PLACE).given(),
    named("AWS::CodeCommit::Repository", "Code.S3", Form::Place("Bucket", "Key", Some("ObjectVersion")))
        .given()
        .zipped(),
];

/// Properties of the template's metadata.
pub(super) const METADATA: &[Named] = &[
    named("AWS::ServerlessRepo::Application", "ReadmeUrl", Form::Url).given(),
    named("AWS::ServerlessRepo::Application", "LicenseUrl", Form::Url).given(),
];
